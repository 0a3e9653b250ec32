"""Mapping files: extended, checked, every mistake with file, line and cure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hub.errors import ConfigError
from hub.mapping import SiteOptions, compile_mapping, laid_over, load_mapping, site_options
from hub.model.contact import CONTACT
from hub.rules.lenses.lens import MappingError

BASE = """\
# a default mapping
[contact]
native = "Contact"

[contact.fields."name.given"]
at = "first_name"

[contact.fields.title]
at = "title"
codec = { name = "choice", values = { dr = "Dr" } }

[contact.sets.emails]
rows = "emails"
value = "email"
attrs.label = { at = "loc", codec = { name = "choice", values = { home = "Home" } } }

[contact.sets.phones]
slots = [
  { at = "tel1", accepts = ["work"] },
  { at = "tel2" },
]
"""


@pytest.fixture
def base(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "default.toml").write_text(BASE, encoding="utf-8")
    return {"crm": tmp_path / "default.toml"}


def site(tmp_path: Path, text: str, name: str = "site.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path, defaults: dict[str, Path]) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_mapping(path, defaults)
    return caught.value


def test_a_default_mapping(base: dict[str, Path]) -> None:
    tables = load_mapping(base["crm"], {})
    assert compile_mapping(tables)["contact"].coverage == {
        "name.given", "title", "emails", "emails[].label", "phones"}
    assert site_options(tables["contact"], CONTACT) == SiteOptions()


def test_a_site_adds_changes_and_switches_off(tmp_path: Path, base: dict[str, Path]) -> None:
    path = site(tmp_path, """
        extends = "crm"
        [contact.fields.notes]
        at = "note"
        [contact.fields."name.given"]
        at = "forename"
        [contact.fields.title]
        off = true
        [contact.sets.emails]
        attrs.label.codec.values.work = "Work"
    """)
    contact = load_mapping(path, base)["contact"]
    assert contact["fields"] == {"notes": {"at": "note"}, "name.given": {"at": "forename"}}
    assert contact["sets"]["emails"]["attrs"]["label"]["codec"]["values"] == {"home": "Home", "work": "Work"}
    assert contact["native"] == "Contact"


def test_a_file_beside_is_extended_too(tmp_path: Path, base: dict[str, Path]) -> None:
    site(tmp_path, 'extends = "crm"\n[contact.fields.notes]\nat = "note"\n', "shared.toml")
    path = site(tmp_path, 'extends = "shared.toml"\n[contact.fields.nickname]\nat = "nick"\n')
    assert set(load_mapping(path, base)["contact"]["fields"]) == {"name.given", "title", "notes", "nickname"}


def test_an_entity_can_be_switched_off(tmp_path: Path, base: dict[str, Path]) -> None:
    error = refused(site(tmp_path, 'extends = "crm"\n[contact]\noff = true\n'), base)
    assert "nothing is mapped" in str(error)


def test_another_codec_or_form_replaces_the_inherited_one() -> None:
    choice = {"codec": {"name": "choice", "values": {"a": "A"}}, "at": "x"}
    assert laid_over(choice, {"codec": {"name": "text"}}) == {"at": "x", "codec": {"name": "text"}}
    assert laid_over(choice, {"codec": {"name": "choice", "default": "a"}})["codec"] == {
        "name": "choice", "values": {"a": "A"}, "default": "a"}
    rows: dict[str, Any] = {"rows": "x", "value": "v"}
    assert laid_over(rows, {"slots": [{"at": "x"}]}) == {"slots": [{"at": "x"}]}
    assert laid_over(rows, {"row_id": "id"}) == {**rows, "row_id": "id"}
    assert laid_over([1], [2]) == [2]


@pytest.mark.fault("P1", guard="hub.rules.lenses.build:_Reader.codec")
@pytest.mark.parametrize(("text", "line", "words"), [
    ('[contact.fields."name.givn"]\nat = "x"', 1,
     "contact.fields.name.givn: there is no unit 'name.givn'; did you mean 'name.given'?"),
    ('[contact.fields]\n\ntitel = { at = "x" }', 3, "did you mean 'title'"),
    ('[contact.fields.title]\nat = "x"\ncodec = "txet"', 3, "did you mean 'text'"),
    ('[contact.fields.title]\nat = "x"\ncodec = { name = "text", maxi = 5 }', 3, "did you mean 'max'"),
    ('[contact]\nfields.title = { at = "x" }\nsets.emails = { row = "x" }', 3, "exactly one of rows"),
    ('[contact.sets.phones]\nslots = [\n  { at = "a" },\n  { at = "b", acepts = [] },\n]', 4, "did you mean 'accepts'"),
    ('[contact.sets.phones]\nslots = [ { at = "a" }, { at = "b", acepts = [] } ]', 2, "did you mean 'accepts'"),
    ('[[contact.fullname]]\nat = "x"\nunit = []', 3, "did you mean 'units'"),
    ('["contact".fields."title"]\n"at" = ""', 2, "give a native path"),
    ('[contat]\nnative = "x"', 1, "did you mean 'contact'"),
    ('contact = 5', 1, "make it a table"),
    ('[contact]\non_leave = "forget"', 2, "there are keep, freeze"),
    ('[contact]\non_delete = "asks"', 2, "did you mean 'ask'"),
    ('[contact]\nallow = ["name.*", "emials"]', 2, "did you mean 'emails'"),
    ('[contact]\nallow = "emails"', 2, "give a list of units"),
    ('[contact]\nfilter = { some = [] }', 2, "there are any, all"),
    ('[contact]\nfilter = { any = [ { unit = "role", has = "member" } ] }', 2, "did you mean 'roles'"),
    ('[contact]\nfilter = { any = [ { unit = "roles" } ] }', 2, "exactly one of has, is and set"),
    ('[contact]\nfilter = { any = [ { unit = "roles", haz = 1 } ] }', 2, "did you mean 'has'"),
    ('[contact]\nfilter = { any = [] }', 2, "list of clauses"),
    ('[contact]\nfilter = { all = [ { any = [ { unit = "role", has = "member" } ] } ] }', 2, "did you mean 'roles'"),
    ('[contact]\nfilter = { all = [ { any = [ ] } ] }', 2, "list of clauses"),
    ('[contact]\nfilter = { all = [ { any = [ { unit = "roles", set = true } ], unit = "roles" } ] }', 2, "there are any, all"),
    ('[contact]\nfilter = { any = [], all = [] }', 2, "either any or all"),
    ('[contact\nnative = "x"', 1, "not valid TOML"),
    ('extends = "erp"', 1, "there is no kind of connector or file 'erp'"),
    ('extends = 5', 1, "name a kind"),
])
def test_mistakes_have_a_line_and_a_cure(tmp_path: Path, base: dict[str, Path], text: str, line: int, words: str) -> None:
    error = refused(site(tmp_path, text), base)
    assert (Path(error.file).name, error.line) == ("site.toml", line)
    assert words in str(error)


def test_a_mistake_is_told_where_it_was_made(tmp_path: Path, base: dict[str, Path]) -> None:
    inherited = 'extends = "crm"\n[contact.fields.notes]\nat = "note"\n'
    base["crm"].write_text(BASE.replace("loc\", codec", 'loc", codek'), encoding="utf-8")
    error = refused(site(tmp_path, inherited), base)
    assert (Path(error.file).name, error.line) == ("default.toml", 15)
    base["crm"].write_text(BASE, encoding="utf-8")
    error = refused(site(tmp_path, inherited + '[contact.sets.emails]\nprimry = "p"\n'), base)
    assert (Path(error.file).name, error.line) == ("site.toml", 5)


@pytest.mark.fault("P3", guard="hub.mapping:_chain")
def test_files_in_a_circle_are_told(tmp_path: Path) -> None:
    site(tmp_path, 'extends = "site.toml"\n', "other.toml")
    assert "extends itself" in str(refused(site(tmp_path, 'extends = "other.toml"\n'), {}))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert "cannot be read" in str(refused(tmp_path / "none.toml", {}))
    (tmp_path / "latin.toml").write_bytes("[contact]\nnative = \"Äiti\"\n".encode("latin-1"))
    assert "not UTF-8" in str(refused(tmp_path / "latin.toml", {}))


@pytest.mark.fault("E6", guard="hub.mapping:_checked")
def test_a_mapping_that_breaks_the_laws_is_refused(tmp_path: Path, base: dict[str, Path]) -> None:
    """Two units in one native field: each overwrites the other."""
    error = refused(site(tmp_path, 'extends = "crm"\n[contact.fields.nickname]\nat = "first_name"\n'), base)
    assert "cannot be used both ways" in str(error)
    assert Path(error.file).name == "site.toml"


def test_site_options(tmp_path: Path, base: dict[str, Path]) -> None:
    path = site(tmp_path, """
        extends = "crm"
        [contact]
        filter = { all = [ { unit = "roles", has = "member" }, { unit = "notes", set = true, not = true },
                           { any = [ { unit = "emails", set = true }, { unit = "phones", set = true } ] } ] }
        on_leave = "freeze"
        on_delete = "unlink"
        allow = ["name.*", "emails"]
    """)
    options = site_options(load_mapping(path, base)["contact"], CONTACT)
    assert options.filter is not None
    assert len(options.filter["all"]) == 3
    assert (options.on_leave, options.on_delete, options.allow) == ("freeze", "unlink", ("name.*", "emails"))


def test_the_examples_of_the_documentation_can_be_used(tmp_path: Path, base: dict[str, Path]) -> None:
    text = (Path(__file__).parent.parent / "docs" / "mapping-format.md").read_text(encoding="utf-8")
    blocks = [b.replace('extends = "civicrm"', 'extends = "crm"') for b in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)]
    whole = [b for b in blocks if "[contact]" in b and "missing" not in b]
    assert len(whole) == 2
    for number, block in enumerate(whole):
        text = block if number == 0 else 'extends = "crm"\n' + block
        compile_mapping(load_mapping(site(tmp_path, text, f"{number}.toml"), base))


def test_an_error_without_a_file_still_names_the_place() -> None:
    with pytest.raises(MappingError, match=r"^fields\.titel: "):
        compile_mapping({"contact": {"fields": {"titel": {"at": "x"}}}})
