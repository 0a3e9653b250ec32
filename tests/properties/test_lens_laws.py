"""The laws of lenses, on a mapping with every form there is; and proof that the check of the laws is one."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from hub.model.contact import CONTACT
from hub.rules.codecs import plain as codecs_plain
from hub.rules.codecs.registry import CODECS
from hub.rules.lenses import primary as lens_primary
from hub.rules.lenses import rows as lens_rows
from hub.rules.lenses import scalars as lens_scalars
from hub.rules.lenses import slots as lens_slots
from hub.rules.lenses.check import UNMAPPED, Rota, check_samples, sample_native
from hub.rules.lenses.lens import NO_REFS, Lens, build_lens
from hub.testing.lens_laws import Case, check_case, check_laws, lens_cases

ROWS = build_lens(tomllib.loads("""
fields.kind = { at = "type", codec = { name = "choice", values = { individual = "P", org = "C" } } }
fields."name.given" = { at = "first", only = "individual" }
fields."name.full" = [ { at = "org", only = "org" }, { at = "label", only = "individual", direction = "from" } ]
fields.employer = { at = "employer_id", codec = "integer" }
fields.birthday = { at = "born", codec = { name = "date", style = "basic" } }
fields.deceased = { at = "dead", codec = { name = "flag", true = [1, "yes"], false = [0, "no", ""] } }
fields.title = { at = "title", direction = "create_only" }
fields.company = { at = "company", direction = "to" }
fields.notes = { at = "a.deep.note", codec = { name = "text", max = 9, empty = "" } }

[sets.emails]
rows = "emails"
value = "email"
codec = { name = "email", style = "folded" }
row_id = "id"
primary = "is_primary"
attrs.label = { at = "loc", codec = { name = "choice", values = { home = "Home", other = "Other" }, default = "other" } }
row_defaults = { on_hold = 0, loc = "Home" }

[sets.phones]
rows = "nested.phones"
value = "number"
codec = { name = "phone", style = "e164" }
primary = { at = "pref", style = "pref" }
where = { type = "tel" }

[sets.addresses]
rows = "adr"
row_id = "id"
primary = "first"
key = { at = "loc", codec = { name = "choice", values = { home = "Home", work = "Work" } } }
parts = { street = "street", locality = "city", country = { at = "land", codec = "country" } }

[sets.identifiers]
rows = "ids"
key = "scheme"
value = "number"

[sets.roles]
rows = "roles"
value = "role"
attrs = { scope = "scope", from = "since", until = { at = "until", codec = "datetime_date" } }

[sets.relations]
rows = "rels"
row_id = "id"
key = "kind"
value = "to"
codec = "integer"
attrs.from = "since"

[sets.consents]
rows = "consents"
key = [ { at = "purpose" }, { at = "channel" } ]
parts = { state = { at = "ok", codec = { name = "choice", values = { granted = "Y", withdrawn = "N" } } }, evidenced_at = "on" }
"""), CONTACT)

SLOTS = build_lens(tomllib.loads("""
missing = "empty"
fullname = { at = "name", units = ["name.family", "name.given"], separator = ", " }
fields.preferredLanguage = { at = "lang", codec = { name = "language", separator = "_" } }
sets.groups = { list = "tags" }
sets.urls = { list = "pages", separator = ";" }
sets.identifiers.fixed = [ { scheme = "member-number", at = "ext" }, { scheme = "n", at = "num", codec = "integer" } ]

[sets.emails]
slots = [ { at = "mail1" }, { at = "mail2" }, { at = "more.mail3" } ]
primary = "first"

[sets.phones]
slots = [ { at = "tel1", accepts = ["work", ""] }, { at = "tel2", accepts = ["cell", "*"], label = "cell" } ]

[sets.addresses]
primary = "first"
fixed = [
  { key = "work", parts = { street = "a1.street", country = { at = "a1.land", codec = "country" } } },
  { key = "home", parts = { street = "a2" } },
]

[sets.consents]
flags = [ { at = "no_mail", withdraws = ["m:email", "n:email"] }, { at = "no_sms", withdraws = ["m:sms", "m:email"] } ]
"""), CONTACT)

LENSES = pytest.mark.parametrize("lens", [ROWS, SLOTS], ids=["rows", "slots"])


@given(lens_cases(ROWS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_laws_of_rows(case: Case) -> None:
    check_case(ROWS, case)


@given(lens_cases(SLOTS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_laws_of_slots(case: Case) -> None:
    check_case(SLOTS, case)


@LENSES
def test_laws_on_samples(lens: Lens) -> None:
    assert check_samples(lens, 100) == []


def test_both_lenses_use_every_codec() -> None:
    used = {codec.name for lens in (ROWS, SLOTS) for placed in lens.parts for codec in placed.part.places.codecs}
    assert used == set(CODECS)


@LENSES
def test_the_report_counts_what_was_tried(lens: Lens) -> None:
    natives = [sample_native(lens, Rota(number)) for number in range(40)]
    report = check_laws(lens, [*natives, {**natives[0], "title": "a\0", "lang": "a\0"}])
    assert (report.records, report.refused) == (40, 1)
    assert report.values["text"] > 20
    assert "40 records met the laws, 1 refused" in str(report)


def loud(value: str) -> str:
    return value.upper()


def broken(target: Any, name: str, make: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, name, make(getattr(target, name)))


BREAKAGES: list[tuple[Any, str, Callable[[Any], Any]]] = [
    (codecs_plain.Text, "write", lambda old: lambda self, value: old(self, value).upper() + "!"),
    (codecs_plain.Choice, "write", lambda old: lambda self, value: next(iter(self._native.values()))),
    (codecs_plain.Flag, "write", lambda old: lambda self, value: old(self, not value)),
    (lens_scalars.Field, "lay", lambda old: lambda self, draft, wanted, refs: None),
    (lens_scalars.FullName, "_joined", lambda old: lambda self, wanted, shown: f"{old(self, wanted, shown)}x"),
    (lens_rows.RowSet, "_known", lambda old: lambda self, row, refs: None),
    (lens_rows.RowSet, "_members", lambda old: lambda self, *args: old(self, *args)[1:]),
    (lens_rows.RowSet, "_row", lambda old: lambda self, row, each, *rest: old(
        self, {key: value for key, value in row.items() if key != UNMAPPED}, each, *rest)),
    (lens_rows.TextList, "_shown", lambda old: lambda self, key, v: None),
    (lens_primary.Flagged, "lay", lambda old: lambda self, rows, wanted: rows),
    (lens_primary.Preferred, "lay", lambda old: lambda self, rows, wanted: rows),
    (lens_slots.SlotSet, "_placed", lambda old: lambda self, members, lead, held: {}),
    (lens_slots.FixedSet, "lay", lambda old: lambda self, draft, wanted, refs: None),
    (lens_slots.FlagSet, "_raised", lambda old: lambda self, wanted, ups: [None if up is None else not up for up in ups]),
]


@pytest.mark.parametrize(("target", "name", "make"), BREAKAGES, ids=lambda each: getattr(each, "__name__", str(each)))
def test_a_broken_lens_is_caught(target: Any, name: str, make: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    broken(target, name, make, monkeypatch)
    assert any(check_samples(lens, 100) for lens in (ROWS, SLOTS))


def test_a_broken_law_is_an_assertion() -> None:
    lens = build_lens({"fields": {"nickname": {"at": "x"}, "title": {"at": "x"}}}, CONTACT)
    with pytest.raises(AssertionError, match="is not there after it was put"):
        check_case(lens, Case({"x": "a"}, {"nickname": "b", "title": "c"}, NO_REFS))
