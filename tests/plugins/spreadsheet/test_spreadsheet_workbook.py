"""XLSX: other sheets, columns, styles and formulas stay; what a save would lose makes the workbook read-only, by name."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from spreadsheet_files import connector, create, data, delete, done, listed, opened, refused, run, update, workbook, write

from hub.sdk import ContractBroken, Misconfigured

HEAD = ["hub-id", "Name", "Birth date", "Own remarks", "Sum"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "members.xlsx"


def rich(path: Path) -> None:
    """Two sheets with as much as openpyxl keeps."""
    book, sheet = workbook(path, [HEAD, ["1", "Anna", date(1980, 2, 28), "note", "=1+1"], ["2", "Matti", None, None, "=E2*2"]])
    for cell in sheet[1]:
        cell.font = Font(bold=True, color="FF0000")
    sheet["B2"].fill = PatternFill("solid", fgColor="FFFF00")
    sheet["C2"].number_format = "d.m.yyyy"
    sheet["D2"].comment = Comment("seen", "Board")
    sheet["D3"].value = CellRichText("plain ", TextBlock(InlineFont(b=True), "bold"))
    sheet["B3"].hyperlink = "https://example.test/matti"
    sheet.column_dimensions["B"].width = 31
    sheet.row_dimensions[2].height = 40
    sheet.freeze_panes = "B2"
    sheet.add_data_validation(DataValidation("list", formula1='"a,b"', sqref="D2:D9"))
    bold = DifferentialStyle(Font(bold=True))
    sheet.conditional_formatting.add("B2:B9", Rule("cellIs", operator="equal", formula=['"x"'], dxf=bold))
    other = book.create_sheet("Money")
    other.append(["A", "=SUM(Members!E2:E3)"])
    other["A1"].font = Font(italic=True)
    other.merge_cells("A3:B4")
    other.sheet_state = "hidden"
    book.save(path)


def everything(path: Path) -> dict[str, Any]:
    """Every cell with its looks, and what else a sheet has."""
    book = openpyxl.load_workbook(path, rich_text=True)
    out: dict[str, Any] = {"sheets": [(ws.title, ws.sheet_state, ws.freeze_panes) for ws in book.worksheets]}
    for ws in book.worksheets:
        out[f"{ws.title} merged"] = sorted(map(str, ws.merged_cells.ranges))
        out[f"{ws.title} widths"] = {name: column.width for name, column in ws.column_dimensions.items()}
        out[f"{ws.title} heights"] = {name: row.height for name, row in ws.row_dimensions.items()}
        out[f"{ws.title} rules"] = [(str(each.sqref), repr(each.rules)) for each in ws.conditional_formatting]
        out[f"{ws.title} lists"] = [(str(each.sqref), each.formula1) for each in ws.data_validations.dataValidation]
        for row in ws.iter_rows():
            for cell in row:
                out[f"{ws.title}!{cell.coordinate}"] = (
                    cell.value, cell.data_type, cell.number_format, repr(cell.font), repr(cell.fill),
                    cell.comment.text if cell.comment else None, cell.hyperlink.target if cell.hyperlink else None)
    return out


def test_one_cell_is_written_and_nothing_else_changes(path: Path) -> None:
    rich(path)
    before = everything(path)
    system = connector(path, sheet="Members")
    assert run(system.check()).can_write
    done(write(system, update(listed(system)["1"], Name="Aino")))
    after = everything(path)
    assert after.pop("Members!B2")[0] == "Aino"
    assert before.pop("Members!B2")[4] == repr(opened(path)["B2"].fill), "it keeps its looks"
    assert after == before


def test_dates_are_real_dates_there_and_iso_here(path: Path) -> None:
    rich(path)
    system = connector(path, sheet="Members")
    records = listed(system)
    assert records["1"].data["Birth date"] == "1980-02-28"
    done(write(system, update(records["1"], Birth_date="1981-03-01"), update(records["2"], Birth_date="1977-12-03"),
               create("k-1", {"Name": "Eva", "Birth date": "--02-28"})))
    sheet = opened(path)
    assert (sheet["C2"].value, sheet["C2"].number_format) == (datetime(1981, 3, 1), "d.m.yyyy")
    assert (sheet["C3"].value, sheet["C3"].number_format) == (datetime(1977, 12, 3), "d.m.yyyy")
    assert [row["Birth date"] for row in data(system).values()] == ["1981-03-01", "1977-12-03", "--02-28"]


def test_text_that_is_no_date_is_named_by_its_cell(path: Path) -> None:
    workbook(path, [HEAD, ["1", "Anna", "31.2.2024"], ["2", "Matti", "3.12.1977"]])
    system = connector(path)
    records = listed(system)
    assert ("Birth date" in records["1"].data, records["1"].complete) == (False, False)
    assert (records["2"].data["Birth date"], records["2"].complete) == ("1977-12-03", True)
    assert system.warnings == ("members.xlsx: C2 is no date. Correct it there.",)
    done(write(system, update(records["2"], Birth_date="1978-01-04")))
    assert opened(path)["C3"].value == "4.1.1978", "what stood there as text stays text"


def test_merged_cells_are_named_and_left_alone(path: Path) -> None:
    book, sheet = workbook(path, [HEAD, ["1", "Anna"], ["2", None], ["3", "Liisa"]])
    sheet.merge_cells("B2:B3")
    book.save(path)
    system = connector(path)
    records = listed(system)
    assert ["Name" in record.data for record in records.values()] == [False, False, True]
    assert system.warnings == ("members.xlsx: B2:B3 is merged; its rows cannot be told apart. Unmerge it there.",)
    results = write(system, update(records["2"], Name="Matti"), update(records["3"], Name="Eva"), delete(records["1"]))
    assert refused(results[0]) == ("rejected", '"Name" cannot be written: B3 is merged with other cells. Unmerge it there.')
    done(results[1:2])
    assert refused(results[2]) == ("rejected", "The row cannot be removed: B2 is merged with other cells. Unmerge it there.")


def test_formulas_are_read_by_their_stored_result_and_not_overwritten(path: Path) -> None:
    workbook(path, [HEAD, ["1", "Anna", None, None, "=1+1"]])
    system = connector(path)
    record = listed(system)["1"]
    assert ("Sum" in record.data, record.complete) == (False, False)
    assert system.warnings == (
        "members.xlsx: E2 is a formula whose result is not stored. Open and save the file in Excel.",)
    assert refused(write(system, update(record, Sum="3"))[0]) == (
        "rejected", '"Sum" cannot be written: E2 holds a formula, which the hub does not overwrite.')
    calculated = rewritten(path, "xl/worksheets/sheet1.xml", b"<v></v>", b"<v>2</v>")
    calculated = calculated if b"<v>2</v>" in calculated else rewritten(path, "xl/worksheets/sheet1.xml", b"<v />", b"<v>2</v>")
    path.write_bytes(package(path, {"xl/worksheets/sheet1.xml": calculated}))
    assert data(connector(path))["1"]["Sum"] == 2


def rewritten(path: Path, part: str, old: bytes, new: bytes) -> bytes:
    with zipfile.ZipFile(path) as there:
        return there.read(part).replace(old, new)


def package(path: Path, parts: dict[str, bytes]) -> bytes:
    """The workbook with these parts added or replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as there, zipfile.ZipFile(out, "w") as made:
        for name in there.namelist():
            if name not in parts:
                made.writestr(name, there.read(name))
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(("part", "words"), [
    ("xl/media/image1.png", "images"), ("xl/pivotTables/pivotTable1.xml", "pivot tables"),
    ("xl/externalLinks/externalLink1.xml", "links to other workbooks"), ("xl/threadedComments/threadedComment1.xml",
    "threaded comments"), ("docMetadata/LabelInfo.xml", "sensitivity labels"), ("customXml/item1.xml",
    "custom XML (document properties)"), ("xl/slicers/slicer1.xml", "slicers"), ("xl/connections.xml", "data connections"),
    ("xl/vbaProject.bin", "macros"), ("xl/tomorrow/new1.xml", "the part xl/tomorrow/new1.xml"),
])
def test_what_a_save_would_lose_is_named_and_the_file_only_read(path: Path, part: str, words: str) -> None:
    workbook(path, [HEAD, ["1", "Anna"]])
    path.write_bytes(before := package(path, {part: b"<x/>"}))
    system = connector(path)
    record = listed(system)["1"]
    health = run(system.check())
    said = (f"members.xlsx holds {words}, which a save by the hub would lose, so it is only read. Keep that in another workbook, "
            "or save the sheet as CSV.")
    assert (health.can_write, health.warnings) == (False, (said,))
    with pytest.raises(Misconfigured) as error:
        write(system, update(record, Name="Aino"))
    assert str(error.value) == f"board: {said}"
    assert path.read_bytes() == before


def test_charts_and_newer_formats_are_losses(path: Path) -> None:
    book, sheet = workbook(path, [HEAD, ["1", "Anna"]])
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=2))
    sheet.add_chart(chart, "H2")
    book.save(path)
    assert "holds charts, drawings, which" in run(connector(path).check()).warnings[0]
    workbook(path, [HEAD, ["1", "Anna"]])
    newer = rewritten(path, "xl/worksheets/sheet1.xml", b"</worksheet>", b"<extLst><ext uri='{x}'/></extLst></worksheet>")
    path.write_bytes(package(path, {"xl/worksheets/sheet1.xml": newer}))
    assert "holds newer kinds of formats or validations" in run(connector(path).check()).warnings[0]


def test_what_programs_add_to_every_file_is_no_loss(path: Path) -> None:
    """Google Sheets: an empty drawing; Excel: the chain of calculation and the printer's settings."""
    workbook(path, [HEAD, ["1", "Anna"]])
    path.write_bytes(package(path, {"xl/drawings/drawing1.xml": b"<xdr:wsDr/>", "xl/calcChain.xml": b"<calcChain/>",
                                    "xl/printerSettings/printerSettings1.bin": b"\0"}))
    assert run(connector(path).check()).can_write


def test_a_table_grows_with_its_rows(path: Path) -> None:
    book, sheet = workbook(path, [HEAD, ["1", "Anna", None, None, 1]])
    sheet.add_table(Table(displayName="Members", ref="A1:E2"))
    sheet.auto_filter.ref = "A1:E2"
    book.save(path)
    done(write(connector(path), create("k", {"Name": "Eva"})))
    sheet = opened(path)
    assert (sheet.tables["Members"].ref, sheet.auto_filter.ref, sheet["B3"].value) == ("A1:E3", "A1:E3", "Eva")


def test_below_totals_no_row_is_added(path: Path) -> None:
    book, sheet = workbook(path, [HEAD, ["1", "Anna", None, None, 1], [None, None, None, None, None]])
    sheet.add_table(Table(displayName="Members", ref="A1:E3", totalsRowCount=1))
    book.save(path)
    reaction, why = refused(write(connector(path), create("k", {"Name": "Eva"}))[0])
    assert (reaction, "a row of totals" in why) == ("rejected", True)


def test_a_link_to_an_address_follows_it_and_goes_with_the_row(path: Path) -> None:
    book, sheet = workbook(path, [["hub-id", "Email"], ["1", "anna@example.test"], ["2", "matti@example.test"]])
    sheet["B2"].hyperlink = "mailto:anna@example.test"
    sheet["B3"].hyperlink = "mailto:matti@example.test"
    book.save(path)
    system = connector(path)
    records = listed(system)
    done(write(system, update(records["1"], Email="aino@example.test"), delete(records["2"])))
    sheet = opened(path)
    link = sheet["B2"].hyperlink
    assert link is not None
    assert (link.target, sheet["B3"].hyperlink) == ("mailto:aino@example.test", None)
    with zipfile.ZipFile(path) as parts:
        assert not [name for name in parts.namelist() if b"matti@" in parts.read(name)]


def test_numbers_truths_and_errors(path: Path) -> None:
    book, sheet = workbook(path, [["hub-id", "A", "B", "C", "D"], ["1", 401234567, 1.5, True, "#N/A"]])
    sheet["E2"].data_type = "e"
    book.save(path)
    system = connector(path)
    assert data(system)["1"] == {"hub-id": "1", "A": 401234567, "B": 1.5, "C": True}
    assert system.warnings == ("members.xlsx: E2 shows an error. Correct it there.",)
    done(write(system, update(listed(system)["1"], A="0401234567", D="well")))
    assert (opened(path)["B2"].value, data(system)["1"]["D"]) == ("0401234567", "well")


def test_the_sheet_and_the_header_are_found(path: Path) -> None:
    book = Workbook()
    book.worksheets[0].title = "Cover"
    second = book.create_sheet("Jäsenet")
    for row in (["Members of the association"], [], ["hub-id", "  Name\n(first) "], ["1", "Anna"]):
        second.append(row)
    book.save(path)
    with pytest.raises(Misconfigured, match=r"board: members\.xlsx has 2 sheets\. Set sheet to one of: Cover, Jäsenet\."):
        listed(connector(path))
    with pytest.raises(Misconfigured, match="has no sheet Members"):
        listed(connector(path, sheet="Members"))
    with pytest.raises(Misconfigured, match="the row that should name the columns is empty"):
        listed(connector(path, sheet="Jäsenet", header_row=2))
    assert data(connector(path, sheet="Jäsenet", header_row=3)) == {"1": {"hub-id": "1", "Name (first)": "Anna"}}


@pytest.mark.parametrize(("content", "error", "says"), [
    (b"\xd0\xcf\x11\xe0\xa1\xb1", Misconfigured, "protected by a password, or in the Excel format before 2007"),
    (b"hub-id,Name\n", ContractBroken, "is no XLSX workbook, or is damaged"),
    (b"", ContractBroken, "is no XLSX workbook, or is damaged"),
])
def test_files_that_are_no_workbooks(path: Path, content: bytes, error: type[Exception], says: str) -> None:
    path.write_bytes(content)
    with pytest.raises(error, match=says):
        listed(connector(path))


def test_a_damaged_workbook(path: Path) -> None:
    workbook(path, [HEAD])
    path.write_bytes(package(path, {"xl/worksheets/sheet1.xml": b"<worksheet"}))
    with pytest.raises(ContractBroken, match="is no workbook openpyxl can read"):
        listed(connector(path))
