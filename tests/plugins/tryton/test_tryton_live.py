"""On a real Tryton server: what the sandbox refuses is refused there, and what bites there does not bite the connector.

Collected with ``--live`` only (README.md beside this file).
"""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable, Coroutine, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from tryton_books import Books
from tryton_people import People
from tryton_refused import HTTP, RPC, STRICTER, Params, filled, kind_of
from tryton_rpc import Rpc
from tryton_server import DATABASE, PASSWORD, Server, provisioned, tryton

from hub.sdk import AuthFailed, Done, Gone, Misconfigured, NativeRecord, NativeWrite, Page, RecordRef, Refused, Upserted
from hub_tryton.connector import Tryton
from hub_tryton.settings import TrytonSettings

T = TypeVar("T")
PARTY, ADDRESS, MECHANISM = "party.party", "party.address", "party.contact_mechanism"


class Real:
    """The server, its administrator, the hub's own login, and the connector."""

    def __init__(self, server: Server) -> None:
        self.server, self.admin = server, server.admin
        self.people = People(server.admin, server.category)
        self.hub = Rpc(server.url, DATABASE, "hub", PASSWORD)

    def call(self, ask: Callable[[Tryton], Coroutine[Any, Any, T]], url: str = "", **settings: Any) -> T:
        async def work() -> T:
            given = {"url": url or self.server.url, "database": DATABASE, "user": "hub", "password": PASSWORD, "page_size": 2,
                     **settings}
            connector = Tryton(TrytonSettings.model_validate(given), system="books",
                               transport=httpx.AsyncHTTPTransport(trust_env=False))
            try:
                return await ask(connector)
            finally:
                await connector.close()

        return asyncio.run(work())

    def pull(self, since: Mapping[str, Any] | None = None, **settings: Any) -> tuple[dict[int, Any], Mapping[str, Any]]:
        async def work(connector: Tryton) -> list[Page]:
            return [page async for page in connector.pull("contact", since)]

        pages = self.call(work, **settings)
        checkpoint = pages[-1].checkpoint
        assert checkpoint is not None
        return {int(change.ref.native_id): change for page in pages for change in page.changes}, checkpoint

    def fetch(self, *parties: int) -> list[NativeRecord | Gone]:
        refs = [RecordRef("books", "", "contact", str(party)) for party in parties]
        return list(self.call(lambda connector: connector.fetch(refs)))

    def person(self, name: str = "Anna Aho") -> int:
        return self.admin.create(PARTY, {
            "name": name, "categories": [["add", [self.server.category]]], "addresses": [["create", [{"city": "Turku"}]]],
            "contact_mechanisms": [["create", [{"type": "email", "value": "anna@example.org"}]]]})

    def row(self, model: str, party: int) -> int:
        found: list[int] = self.admin.call(f"model.{model}.search", [["party", "=", party]], 0, 1, None)
        return found[0]

    def ids(self, party: int) -> dict[str, Any]:
        return {"$party": party, "$address": self.row(ADDRESS, party), "$mail": self.row(MECHANISM, party),
                "$text": str(party), "$code": self.admin.read(PARTY, party, "code")["code"]}

    def state(self) -> Any:
        return [self.admin.all_of(model, "_timestamp") for model in (PARTY, ADDRESS, MECHANISM, "party.identifier")]


@pytest.fixture
def real(real_tryton: Server | None) -> Iterator[Real]:
    assert real_tryton is not None
    real = Real(real_tryton)
    real.people.clear()
    yield real
    real.hub.close()


@pytest.mark.parametrize(("verb", "path", "body", "headers", "status"), HTTP)
def test_requests_that_are_none_are_refused_as_the_sandbox_does(real: Real, verb: str, path: str, body: Any,
                                                                headers: Mapping[str, str], status: int) -> None:
    ids = real.ids(real.person())
    before = real.state()
    body = filled(body, ids)
    content = body if isinstance(body, str) or body is None else json.dumps(body)
    given = {"Content-Type": "application/json", "Authorization": real.hub.session, **headers}
    with httpx.Client(base_url=real.server.url, trust_env=False) as client:
        answer = client.request(verb, path, content=content, headers={name: value for name, value in given.items() if value})
    assert answer.status_code == status
    assert real.state() == before


@pytest.mark.parametrize(("method", "params", "context", "kind", "words"), RPC)
def test_calls_that_make_no_sense_are_refused_as_the_sandbox_does(real: Real, method: str, params: Params,
                                                                  context: Mapping[str, Any], kind: str, words: str) -> None:
    ids = real.ids(real.person())
    before = real.state()
    given = filled([*params, dict(context)], ids)
    answer = real.hub.raw(method, *(given[:-1] if method == "common.db.login" else given))
    assert answer.status_code == 200
    told = kind_of(answer.json()["error"])
    assert told[0] == kind
    assert words in told[1]
    assert real.state() == before


@pytest.mark.parametrize(("method", "params"), STRICTER)
def test_the_sandbox_is_stricter_only_where_this_says_so(real: Real, method: str, params: Params) -> None:
    answer = real.hub.raw(method, *filled(params, real.ids(real.person())), {})
    assert "result" in answer.json()


def test_long_answers_are_labelled_gzip_and_packed_only_for_those_who_ask(real: Real) -> None:
    for number in range(20):
        real.person(f"Anna Aho{number}")
    told = {"id": 1, "method": f"model.{PARTY}.search_read", "params": [[], 0, None, None, ["name", "write_date"], {}]}
    request = urllib.request.Request(
        f"{real.server.url}/{DATABASE}/rpc/", json.dumps(told).encode(),
        {"Content-Type": "application/json", "Authorization": real.hub.session})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.read(5) == b'{"id"'  # plain
    assert len(real.pull()[0]) == 20


def test_a_server_started_without_the_database_is_told_by_name(environment: Path, real: Real) -> None:
    with tryton(environment, load=False) as url, pytest.raises(Misconfigured, match="option -d"):
        real.call(lambda connector: connector.check(), url)


def test_a_changed_row_does_not_move_its_party_there_and_does_here(real: Real) -> None:
    party, other = real.person(), real.person("Berta Borg")
    _, mark = real.pull()
    moved = real.admin.read(PARTY, party, "write_date")["write_date"]
    real.admin.call(f"model.{ADDRESS}.write", [real.row(ADDRESS, party)], {"city": "Oulu"})
    real.admin.create(MECHANISM, {"party": other, "type": "phone", "value": "09 1"})
    assert real.admin.read(PARTY, party, "write_date")["write_date"] == moved
    told, _ = real.pull(mark)
    assert told[party].record.data["addresses"][0]["city"] == "Oulu"
    assert told[other].record.data["phones"][0]["value"] == "09 1"


def test_parties_of_one_transaction_are_all_read_from_the_time_of_one_of_them(real: Real) -> None:
    _, mark = real.pull()
    made = real.admin.call(f"model.{PARTY}.create", [{"name": f"Together {number} Oy"} for number in range(5)])
    times = {json.dumps(real.admin.read(PARTY, party, "write_date")["write_date"]) for party in made}
    assert len(times) == 1
    told, mark = real.pull(mark)
    assert told.keys() >= set(made)
    assert real.pull(mark)[0].keys() >= set(made)  # ">=": they share the time of the cursor


def test_deleted_deactivated_replaced_and_hidden_are_told_apart(real: Real) -> None:
    deleted, asleep, loser, winner, hidden = (real.person(f"Person {number}") for number in "abcde")
    real.people.delete(str(deleted))
    real.people.edit(str(asleep), {"active": False})
    real.people.merge(str(winner), str(loser))
    real.people.hide(str(hidden))
    told = real.fetch(deleted, asleep, loser, winner, hidden)
    assert [each.how if isinstance(each, Gone) else "there" for each in told] == [
        "deleted", "left_view", "merged_into", "there", "denied"]
    assert isinstance(told[2], Gone)
    assert told[2].into == RecordRef("books", "", "contact", str(winner))
    real.people.edit(str(asleep), {"active": True})
    assert isinstance(real.fetch(asleep)[0], NativeRecord)


def test_a_party_that_others_name_cannot_be_deleted(real: Real) -> None:
    """As an employee here, whose company is quicker made than an invoice: the refusal is the same."""
    owner, worker = real.person("The company"), real.person("Worker Wirta")
    currency = real.admin.create("currency.currency", {"name": "Euro", "code": "EUR", "symbol": "€", "digits": 2,
                                                       "rounding": {"__class__": "Decimal", "decimal": "0.01"}})
    company = real.admin.create("company.company", {"party": owner, "currency": currency})
    employee = real.admin.create("company.employee", {"party": worker, "company": company})
    record = real.fetch(worker)[0]
    assert isinstance(record, NativeRecord)
    delete = NativeWrite("delete", record.ref, {}, record.data, record.version)
    result = real.call(lambda connector: connector.write("contact", [delete]))[0]
    real.admin.call("model.company.employee.delete", [employee])
    real.admin.call("model.company.company.delete", [company])
    assert isinstance(result, Refused)
    assert "other records name it" in result.why


def test_a_person_with_everything_comes_back_as_it_went(real: Real) -> None:
    wanted = {
        "kind": "person", "name": "Anna Aho", "hub_key": "key-1", "emails": [{"value": "anna@example.org", "name": "office"}],
        "phones": [{"type": "mobile", "value": "+358 40 1234567"}], "websites": [{"value": "https://aho.example"}],
        "identifiers": [{"type": "fi_ytunnus", "code": "2077474-0"}],
        "addresses": [{"street": "Katu 1\nB 2", "city": "Turku", "postal_code": "20100", "country": "FI", "invoice": True}]}
    create = NativeWrite("create", RecordRef("books", "", "contact", ""), wanted, key="key-1")
    first, again = (real.call(lambda connector: connector.write("contact", [create]))[0] for _ in range(2))
    assert isinstance(first, Done)
    assert isinstance(again, Done)
    assert first.ref == again.ref
    assert first.record is not None
    for name, value in wanted.items():
        told = first.record.data[name]
        rows = [{key: row[key] for key in given} for row, given in zip(told, value, strict=True)] if isinstance(value, list) \
            else told
        assert rows == value
    assert isinstance(real.pull()[0][int(first.ref.native_id)], Upserted)


def test_every_kind_of_row_is_changed_added_and_removed_in_one_guarded_call(real: Real) -> None:
    record = real.fetch(real.person())[0]
    assert isinstance(record, NativeRecord)
    address, mail = record.data["addresses"][0], record.data["emails"][0]
    moved = {**address, "street": "Tie 1\nB 2", "city": "Oulu", "country": "SE"}
    patch: dict[str, Any] = {
        "name": "Anna Koski", "addresses": [moved, {"city": "Espoo"}], "emails": [{**mail, "value": "koski@example.org"}],
        "phones": [{"type": "mobile", "value": "+358 40 1234567"}]}
    nothing: dict[str, Any] = {"addresses": [], "emails": [], "phones": []}
    for number, given in enumerate((patch, nothing)):
        write = NativeWrite("update", record.ref, given, record.data, record.version)
        result = real.call(lambda connector, write=write: connector.write("contact", [write]))[0]  # type: ignore[misc]
        assert isinstance(result, Done)
        assert isinstance(result.record, NativeRecord)
        record = result.record
        if number == 0:
            assert [row["city"] for row in record.data["addresses"]] == ["Oulu", "Espoo"]
            assert (record.data["addresses"][0]["street"], record.data["addresses"][0]["country"]) == ("Tie 1\nB 2", "SE")
            assert (record.data["emails"][0]["value"], record.data["phones"][0]["type"]) == ("koski@example.org", "mobile")
    assert [record.data[name] for name in ("addresses", "emails", "phones")] == [[], [], []]


def test_who_is_quicker_is_not_overwritten(real: Real) -> None:
    record = real.fetch(real.person())[0]
    assert isinstance(record, NativeRecord)
    address = record.data["addresses"][0]
    stale = {f"{ADDRESS},{address['id']}": record.data["_timestamp"][f"{ADDRESS},{address['id']}"]}
    real.admin.call(f"model.{ADDRESS}.write", [address["id"]], {"city": "Vaasa"})
    values = {"addresses": [["write", [address["id"]], {"city": "Oulu"}]]}
    answer = real.hub.raw(f"model.{PARTY}.write", [int(record.ref.native_id)], values, {"_timestamp": stale})
    assert answer.json()["error"][0] == "ConcurrencyException"
    write = NativeWrite("update", record.ref, {"addresses": [{**address, "city": "Oulu"}]}, record.data, record.version)
    result = real.call(lambda connector: connector.write("contact", [write]))[0]
    assert isinstance(result, Refused)
    assert result.reaction == "stale"
    assert real.admin.read(ADDRESS, address["id"], "city")["city"] == "Vaasa"


def test_totals_of_invoices_are_read_with_a_right_to_them_alone(environment: Path) -> None:
    """On a server of its own: what was posted is there for good."""
    with provisioned(environment) as server:
        real = Real(server)
        books = Books(server.admin)
        anna, other = real.person(), real.person("Berta Borg")

        def totals(since: Mapping[str, Any] | None = None) -> tuple[dict[int, tuple[Any, ...]], Mapping[str, Any]]:
            told, mark = real.pull(since, invoice_totals=True)
            return {party: tuple(each.record.data[name] for name in ("invoiced", "open", "last_invoice"))
                    for party, each in told.items()}, mark

        with pytest.raises(AuthFailed, match="may not read invoices"):
            totals()
        lookers = server.admin.create("res.group", {"name": "Who sees invoices"})
        server.admin.create("ir.model.access", {"model": "account.invoice", "group": lookers, "perm_read": True,
                                                "perm_write": False, "perm_create": False, "perm_delete": False})
        server.admin.call("model.res.user.write", [server.hub], {"groups": [["add", [lookers]]]})
        first = books.invoice(anna, "120.50", date(2026, 11, 20))
        books.invoice(anna, "-20.00", date(2026, 11, 21))
        assert totals()[0][anna] == (None, None, None)
        assert "No invoice" in real.call(lambda connector: connector.check(), invoice_totals=True).warnings[0]
        books.works_for_it(server.hub)
        assert not real.call(lambda connector: connector.check(), invoice_totals=True).warnings
        told, mark = totals()
        assert told[anna] == ("100.50 EUR", "100.50 EUR", "2026-11-21")
        assert told[other] == (None, None, None)
        before = server.admin.read("account.invoice", first, "write_date")
        books.pay(first, anna, "20.50", date(2026, 11, 25))
        assert server.admin.read("account.invoice", first, "write_date") != before  # a payment moves its invoice
        assert totals(mark)[0][anna] == ("100.50 EUR", "80.00 EUR", "2026-11-21")
        books.invoice(other, "10.00", date(2026, 11, 26))
        told, _ = totals(mark)
        assert told[other] == ("10.00 EUR", "10.00 EUR", "2026-11-26")
        real.hub.close()
