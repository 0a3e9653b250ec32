"""Invoices as totals of a party: read for all at once, by who may, and moving parties that do not move there."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tryton_site import Site

import hub_tryton
from hub.sdk import AuthFailed, Done, Misconfigured, Refused
from hub.testing.lens_laws import check_laws
from hub.testing.lenses import Refs, lens_of
from hub_tryton.invoices import INVOICE
from hub_tryton.sandbox import USER

LENS = lens_of(Path(hub_tryton.__file__).parent / "mapping.toml")
SEARCH = f"model.{INVOICE}.search_read"


def books(count: int = 3, **settings: Any) -> Site:
    """Parties 1, 2 …, none invoiced yet, and a hub's user who may see invoices."""
    site = Site({"invoice_totals": True, **settings}, parties=[{"name": f"Customer {n} Oy"} for n in range(1, count + 1)])
    site.world.users[USER].invoices = site.world.users[USER].company = True
    site.clock.turn(3600)
    return site


def totals(site: Site, party: int) -> tuple[Any, ...]:
    return tuple(site.read(party).data[name] for name in ("invoiced", "open", "last_invoice"))


def test_invoiced_open_and_last_are_told() -> None:
    site = books()
    first = site.users.invoice(1, "120.50", date(2026, 11, 2))
    site.users.invoice(1, "-20.00", date(2026, 11, 5))  # a credit note
    site.users.pay(first, "100.50")
    assert totals(site, 1) == ("100.50 EUR", "0.00 EUR", "2026-11-05")
    site.users.pay(first, "20.00")
    assert totals(site, 1) == ("100.50 EUR", "-20.00 EUR", "2026-11-05")
    assert totals(site, 2) == (None, None, None)


def test_currencies_are_not_added_up() -> None:
    site = books()
    for amount, currency in (("1.10", "SEK"), ("2.20", "EUR"), ("3.30", "EUR")):
        site.users.invoice(1, amount, currency=currency)
    assert totals(site, 1)[0] == "5.50 EUR, 1.10 SEK"


@pytest.mark.parametrize("other", [{"kind": "in"}, {"state": "draft"}, {"state": "cancelled"}])
def test_what_is_no_posted_invoice_to_a_customer_does_not_count(other: dict[str, str]) -> None:
    site = books()
    site.users.invoice(1, "5.00", **other)
    assert totals(site, 1) == (None, None, None)


def test_one_request_for_all_parties_of_a_page() -> None:
    site = books(40)
    for party in range(1, 41):
        site.users.invoice(party, "5.00")
    for size, pages in ((500, 1), (10, 5)):
        assert len(site.pull(page_size=size).ids) == 40
        assert site.called.count(SEARCH) == 2 + min(pages, 4)  # two for the cursor; an empty page asks for nobody's


def test_an_invoice_moves_its_party_here_though_not_there() -> None:
    site = books()
    mark = site.pull().checkpoint
    site.clock.turn(600)
    mark = site.pull(mark).checkpoint
    moved = site.world.rows["party.party"][2]["write_date"]
    site.users.invoice(2, "7.00")
    assert site.world.rows["party.party"][2]["write_date"] == moved
    pulled = site.pull(mark)
    assert pulled.ids == {2}
    assert pulled.record(2).data["open"] == "7.00 EUR"
    site.clock.turn(600)
    last = site.pull(pulled.checkpoint)
    assert not site.pull(last.checkpoint).ids  # the cursor went past the invoice


def test_the_version_tells_of_an_invoice_and_not_of_the_setting_alone() -> None:
    site = books()
    before = site.read(1).version
    site.users.invoice(1)
    assert site.read(1).version != before
    site.settings = {}
    plain = site.read(1)
    assert "invoiced" not in plain.data
    site.users.invoice(1)
    assert site.read(1).version == plain.version


def test_writing_goes_on_and_totals_are_never_written() -> None:
    site = books()
    site.users.invoice(1, "7.00")
    record = site.read(1)
    done, refused = site.write(site.update(record, name="Asiakas Oy"), site.update(site.read(2), open="0.00 EUR"))
    assert isinstance(done, Done)
    assert done.record is not None
    assert done.record.data["open"] == "7.00 EUR"
    assert done.version == site.read(1).version
    assert isinstance(refused, Refused)
    assert "open is read only" in refused.why


def test_without_the_right_the_cure_is_told() -> None:
    site = books()
    site.world.users[USER].invoices = False
    with pytest.raises(AuthFailed, match="may not read invoices"):
        site.pull()
    site.settings = {}
    assert site.pull().ids == {1, 2, 3}
    assert SEARCH not in site.called


def test_without_the_module_the_cure_is_told() -> None:
    site = Site({"invoice_totals": True}, invoicing=False)
    with pytest.raises(Misconfigured, match="no invoices"):
        site.pull()


def test_a_user_without_a_company_is_warned() -> None:
    site = books()
    site.users.invoice(1)
    assert not any("No invoice" in each for each in site.call(lambda connector: connector.check()).warnings)
    site.world.users[USER].company = False
    assert any("current company" in each for each in site.call(lambda connector: connector.check()).warnings)


def test_the_contact_has_them_and_sends_them_nowhere_by_itself() -> None:
    site = books()
    site.users.invoice(1, "7.00", date(2026, 11, 2))
    native = dict(site.read(1).data)
    seen = LENS.read(native, Refs({}))
    assert {key: each["v"] for key, each in seen.projection["totals"].items()} == {
        "invoiced": "7.00 EUR", "open": "7.00 EUR", "last-invoice": "2026-11-02"}
    assert LENS.read({k: v for k, v in native.items() if k != "open"}, Refs({})).projection.get("totals") is None
    assert LENS.read(dict(site.read(2).data), Refs({})).projection["totals"] == {}
    assert check_laws(LENS, [native]).records == 1
