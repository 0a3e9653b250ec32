"""Which row is which: keys, rows without one, keys that are shared, and the column the hub adds on request."""

from __future__ import annotations

from pathlib import Path

import pytest
from spreadsheet_files import connector, create, data, delete, done, listed, opened, refused, run, update, workbook, write

from hub.sdk import AuthFailed, Gone, NativeRecord

PLAIN = "Name,City\nAnna,Turku\nMatti,Oulu\nMatti,Oulu\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "members.csv"
    found.write_text(PLAIN, encoding="utf-8")
    return found


def test_without_a_key_a_file_is_read_and_never_written(path: Path) -> None:
    system = connector(path)
    assert [row["Name"] for row in data(system).values()] == ["Anna", "Matti", "Matti"]
    health = run(system.check())
    assert not health.can_write
    assert health.warnings == (
        'members.csv has no column "hub-id", so it is only read, and a row that is edited looks like another one. Set key to a '
        "column whose values are unique, or make_key = true to let the hub add the column.",)
    with pytest.raises(AuthFailed, match=r'board: members\.csv has no column "hub-id"'):
        write(system, update(next(iter(listed(system).values())), City="Espoo"))
    assert path.read_text(encoding="utf-8") == PLAIN


def test_ids_of_rows_without_a_key_rest(path: Path) -> None:
    before = listed(connector(path))
    path.write_text(PLAIN.replace("Anna,Turku\n", "") + "Anna,Turku\n", encoding="utf-8")
    assert listed(connector(path)).keys() == before.keys()


def test_the_column_comes_with_the_first_write_and_names_rows_as_they_were_read(path: Path) -> None:
    system = connector(path, make_key=True)
    before = listed(system)
    assert path.read_text(encoding="utf-8") == PLAIN, "reading writes nothing"
    first, second, third = before
    done(write(system, update(before[first], City="Espoo")))
    assert path.read_text(encoding="utf-8") == (
        f"Name,City,hub-id\nAnna,Espoo,{first}\nMatti,Oulu,{second}\nMatti,Oulu,{third}\n")
    after = listed(connector(path))
    assert after.keys() == before.keys()
    assert [after[key].version == before[key].version for key in before] == [False, True, True], "only the written one changed"


def test_a_write_that_is_refused_makes_no_column(path: Path) -> None:
    system = connector(path, make_key=True)
    record = next(iter(listed(system).values()))
    assert refused(write(system, update(record, Shoe_size="42"))[0]) == (
        "rejected", 'The sheet has no column "Shoe size". Add it, or switch it off in the mapping (off = true): then nothing is '
                    "written there.")
    assert path.read_text(encoding="utf-8") == PLAIN


def test_the_column_in_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "members.xlsx"
    workbook(path, [["Name", "City"], ["Anna", "Turku"], ["Matti", None]])
    system = connector(path, make_key=True)
    names = list(listed(system))
    done(write(system, create("k-9", {"Name": "Liisa"})))
    assert [[cell.value for cell in row] for row in opened(path)] == [
        ["Name", "City", "hub-id"], ["Anna", "Turku", names[0]], ["Matti", None, names[1]], ["Liisa", None, "k-9"]]


def test_the_column_stands_beyond_cells_without_a_heading(path: Path) -> None:
    path.write_text("Name,City\nAnna,Turku,her own,\nMatti\n", encoding="utf-8")
    system = connector(path, make_key=True)
    anna, matti = listed(system)
    done(write(system, update(listed(system)[matti], City="Oulu")))
    assert path.read_text(encoding="utf-8") == f"Name,City,,,hub-id\nAnna,Turku,her own,,{anna}\nMatti,Oulu,,,{matti}\n"


def test_a_row_a_user_adds_gets_its_key_with_the_next_write(path: Path) -> None:
    path.write_text("hub-id,Name\nM-1,Anna\n,Matti\n", encoding="utf-8")
    system = connector(path, make_key=True)
    anna, matti = listed(system).values()
    done(write(system, update(anna, Name="Anni")))
    assert path.read_text(encoding="utf-8") == f"hub-id,Name\nM-1,Anni\n{matti.ref.native_id},Matti\n"


def test_shared_and_missing_keys_are_named_by_row_and_never_merged(path: Path) -> None:
    path.write_text("No,Name\n7,Anna\n8,Matti\n7,Liisa\n,Ole\n9,Eva\n", encoding="utf-8")
    system = connector(path, key="No")
    assert [row["Name"] for row in data(system).values()] == ["Matti", "Eva"]
    assert run(system.check()).warnings == (
        'members.csv: rows 2 and 4 have the same "No"; none of them is read. Give each its own.',
        'members.csv: row 5 has no "No" and is not read. Fill it in, or set make_key = true.')
    ref = listed(system)["8"].ref
    shared, gone = run(system.fetch([ref._replace(native_id="7"), ref._replace(native_id="6")]))
    assert isinstance(shared, NativeRecord)
    assert (shared.data, shared.complete) == ({}, False), "what was known of it stays known"
    assert gone == Gone(ref._replace(native_id="6"), "deleted")
    assert refused(write(system, update(shared, Name="x"))[0])[0] == "rejected"


def test_a_column_of_the_users_own_is_a_key(path: Path) -> None:
    """Its values are not the hub's to make up, or to change."""
    path.write_text("No,Name\n7,Anna\n8,Matti\n", encoding="utf-8")
    system = connector(path, key="No")
    anna, matti = listed(system).values()
    results = write(system, update(anna, Name="Anni"), create("k", {"Name": "Liisa"}), update(matti, No="9"))
    done(results[:1])
    assert refused(results[1]) == ("rejected", 'A new row needs a "No", which the hub does not make up. Add the row in the file, '
                                               "or set make_key = true.")
    assert refused(results[2]) == ("rejected", 'The column "No" names the row; the hub does not change it.')
    done(write(system, create("k", {"Name": "Liisa", "No": "10"})))
    assert path.read_text(encoding="utf-8") == "No,Name\n7,Anni\n8,Matti\n10,Liisa\n"
    assert refused(write(system, create("k2", {"Name": "Ole", "No": "10"}))[0]) == (
        "rejected", 'Another row has that "No" already.')


def test_seven_is_seven(tmp_path: Path) -> None:
    path = tmp_path / "members.xlsx"
    workbook(path, [["No", "Name"], [7, "Anna"], ["8", "Matti"]])
    assert list(listed(connector(path, key="No"))) == ["7", "8"]


def test_deleted_rows_are_empty_rows_in_a_workbook(tmp_path: Path) -> None:
    """Moving the rows below would break what refers to them."""
    path = tmp_path / "members.xlsx"
    workbook(path, [["hub-id", "Name", None], ["1", "Anna", "outside"], ["2", "Matti", None]])
    system = connector(path)
    done(write(system, delete(listed(system)["1"])))
    assert [[cell.value for cell in row] for row in opened(path)] == [
        ["hub-id", "Name", None], [None, None, "outside"], ["2", "Matti", None]]
    assert list(listed(system)) == ["2"]
