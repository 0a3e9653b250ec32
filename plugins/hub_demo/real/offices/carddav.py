"""An address book and the programs its people use."""

from __future__ import annotations

import re

from hub_carddav.sandbox import create_app
from hub_demo.real.offices.office import NAMES, Office

BOOK = "/ada/people/"
_LINE = {"title": "TITLE", "company": "ORG", "notes": "NOTE"}


def _line(name: str) -> str:
    return rf"(?m)^((?:[\w-]+\.)?{name}(?:;[^:\r\n]*)?:)([^\r\n]*)"


class CardDav(Office):
    kind = "carddav"
    units = (*NAMES, "title", "company", "notes")

    def open(self) -> None:
        self.app = create_app(
            users={"ada": "sandbox-password"}, books={BOOK: "People"}, rewrites=self.rng.random() < 0.4,
            no_body_in_sync=self.rng.random() < 0.5, page_limit=self.rng.choice([0, 2]))
        self.world, self.settings = self.app.state.world, dict(self.app.state.settings)
        self._count = 0

    def people(self) -> list[str]:
        return list(self.world.list(BOOK))

    def read(self, record: str, unit: str) -> str | None:
        if unit in NAMES:
            return self._name(record)[1 if unit == "name.given" else 0] or None
        found = re.search(_line(_LINE[unit]), self._card(record))
        return (found[2] or None) if found else None

    def type(self, record: str, unit: str, value: str | None) -> None:
        if unit in NAMES:
            family, given, *rest = self._name(record)
            family, given = (family, str(value)) if unit == "name.given" else (str(value), given)
            card = re.sub(_line("N"), lambda m: m[1] + ";".join([family, given, *rest]), self._card(record), count=1)
            self._save(record, re.sub(_line("FN"), lambda m: f"{m[1]}{given} {family}", card, count=1))
        else:
            self._put(record, _line(_LINE[unit]), f"{_LINE[unit]}:{value}" if value else None, value)

    def mails(self, record: str) -> list[str]:
        return [m[2] for m in re.finditer(_line("EMAIL"), self._card(record))]

    def put_mail(self, record: str, old: str | None, new: str | None) -> None:
        line = rf"(?m)^((?:[\w-]+\.)?EMAIL(?:;[^:\r\n]*)?:)({re.escape(old)})[ \t]*(?=\r|$)" if old else "(?!)"
        self._put(record, line, f"EMAIL:{new}" if new else None, new)

    def add(self, given: str, family: str, mail: str) -> str:
        self._count += 1
        name = f"user{self._count}.vcf"
        self.world.put(BOOK + name, "\r\n".join([
            "BEGIN:VCARD", "VERSION:3.0", f"UID:user{self._count}", f"FN:{given} {family}", f"N:{family};{given};;;",
            f"EMAIL:{mail}", "END:VCARD", ""]))
        return name

    def delete(self, record: str) -> None:
        self.world.delete(BOOK + record)

    def forget(self) -> None:
        self.world.expire_tokens()

    def _card(self, record: str) -> str:
        return re.sub(r"\r?\n[ \t]", "", self.world.get(BOOK + record))

    def _save(self, record: str, card: str) -> None:
        self.world.put(BOOK + record, card)

    def _name(self, record: str) -> list[str]:
        found = re.search(_line("N"), self._card(record))
        return [*(found[2].split(";") if found else []), "", "", "", "", ""][:5]

    def _put(self, record: str, line: str, fresh: str | None, value: str | None) -> None:
        """The line's value becomes another; it goes; or a fresh line comes."""
        card = self._card(record)
        if not re.search(line, card):
            card = card.replace("END:VCARD", f"{fresh}\r\nEND:VCARD") if fresh else card
        elif value:
            card = re.sub(line, lambda m: m[1] + value, card, count=1)
        else:
            card = re.sub(line + r"\r?\n?", "", card, count=1)
        self._save(record, card)
