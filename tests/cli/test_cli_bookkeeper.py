"""The bookkeeper's list as docs/connect/bookkeeper.md has it: who is new, what changed, and the receipts read back."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from hub.cli import cli
from hub.cli.serving import serving
from hub_civicrm.sandbox import API_KEY, create_app

HOW_TO = Path(__file__).parents[2] / "docs" / "connect" / "bookkeeper.md"
HEADINGS = ["First name", "Last name", "Email", "Phone", "Street", "Postcode", "City", "Country", "Receipt"]


class Office:
    """``crm``: people at work in the CRM; ``list``: the bookkeeper's file; ``bo``: a customer it does not have yet."""

    def __init__(self, folder: Path, url: str, app: Any) -> None:
        self.folder, self.crm, self.list = folder, app.state.users, folder / "customers.xlsx"
        self.bo = 0
        self.crm.group("Customers")
        settings, mapping = (re.sub("^   ", "", block, flags=re.MULTILINE) for block in re.findall(
            r"```toml\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL))
        for part in ("config", "secrets", "mappings"):
            (folder / part).mkdir(parents=True)
        (folder / "mappings" / "books.toml").write_text(mapping, encoding="utf-8")
        (folder / "secrets" / "crm").write_text(API_KEY, encoding="utf-8")
        if os.name == "posix":
            (folder / "secrets" / "crm").chmod(0o600)
        (folder / "config" / "hub.toml").write_text("\n".join([
            "[hub]", "quiet_s = 0", "[systems.crm]", 'kind = "civicrm"', "accept_unverified = true", "[systems.crm.settings]",
            f'url = "{url}"', 'api_key = { file = "secrets/crm" }', "[systems.books]", 'kind = "spreadsheet"',
            "accept_unverified = true", "[systems.books.settings]", f"path = {json.dumps(str(self.list))}", "make_key = true",
            settings]), encoding="utf-8")
        book = openpyxl.Workbook()
        book.worksheets[0].append(HEADINGS)
        book.worksheets[0].append(["Anna", "Aho", "anna@example.org", *[None] * 6])  # known to the program already
        book.save(self.list)

    def customer(self, given: str, family: str) -> int:
        return int(self.crm.add({"contact_type": "Individual", "first_name": given, "last_name": family, "groups": ["Customers"],
                                 "emails": [{"email": f"{given.lower()}@example.org", "location_type": "Home"}]}))

    def hub(self, *args: str) -> Any:
        done = CliRunner().invoke(cli, ["-C", str(self.folder), *args, "--json"], catch_exceptions=False)
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    def receipts(self) -> dict[str, Any]:
        """Given name → what stands in the column."""
        sheet = openpyxl.load_workbook(self.list).worksheets[0]
        headings, *rows = sheet.iter_rows(values_only=True)
        at = headings.index("Receipt")
        return {str(row[0]): row[at] for row in rows}

    def type_in(self, given: str, text: Any) -> None:
        book = openpyxl.load_workbook(self.list)
        for row in book.worksheets[0].iter_rows():
            if row[0].value == given:
                row[HEADINGS.index("Receipt")].value = text
        book.save(self.list)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    app = create_app()
    with serving(app) as url:
        made = Office(tmp_path / "hub", url, app)
        made.customer("Anna", "Aho")
        made.bo = made.customer("Bo", "Ek")
        made.crm.add({"contact_type": "Individual", "first_name": "Eva", "last_name": "No Customer"})
        made.hub("plan")
        made.hub("matches", "accept", "sure")
        made.hub("sync", "--approve")
        yield made


def test_new_and_changed_customers_wait_for_a_receipt_which_is_read_back(office: Office) -> None:
    assert office.receipts() == {"Anna": None, "Bo": "new"}
    office.type_in("Bo", 1042)
    office.hub("sync")
    assert office.receipts()["Bo"] == 1042
    assert '"customer-number"' in json.dumps(office.hub("find", "bo@example.org", "--protected"))
    office.crm.edit_row("Email", office.crm.rows("Email", office.bo)[0]["id"], email="bo.ek@example.org")
    office.hub("sync")
    assert office.receipts() == {"Anna": None, "Bo": "changed: Email [1042]"}
    office.type_in("Bo", "done")
    before = office.list.read_bytes()
    office.hub("sync")
    assert office.list.read_bytes() == before  # a receipt is nobody's edit
    found = office.hub("find", "bo.ek@example.org", "--protected")[0]
    assert [each["value"] for each in found["sets"]["identifiers"]] == ["1042"]  # it stays, though the list does not show it now
