"""Checks of values: letters of all kinds, empty ones, long ones, and ones that look like code."""

from __future__ import annotations

import unicodedata

from hub.model.record import NativeRecord
from hub.model.write import Done, Refused
from hub.testing.contract.checks import check, writes
from hub.testing.contract.lab import Lab, require, shown


class Values:
    """A value comes back as it went, or is refused."""

    @check(writes)
    async def test_decomposed_letters(self, lab: Lab) -> None:
        """Letters with marks survive, composed or not."""
        await _round_trip(lab, "decomposed letters", "Z\u030ciz\u030cka A\u0308ngstro\u0308m", "Žižka Ängström")

    @check(writes)
    async def test_emoji(self, lab: Lab) -> None:
        """Characters beyond the first plane survive, joined ones too."""
        await _round_trip(lab, "emoji", "\U0001f469\u200d\U0001f467 perhe \U0001f1eb\U0001f1ee", "\U00020000\U0002a6d6")

    @check(writes)
    async def test_right_to_left(self, lab: Lab) -> None:
        """Scripts written from right to left survive, with their marks of direction."""
        await _round_trip(lab, "right to left", "أحمد بن علي", "שָׁלוֹם", "abc \u200fאבג\u200e def")

    @check(writes)
    async def test_other_scripts(self, lab: Lab) -> None:
        """Han, Thai, Cyrillic and Greek survive."""
        await _round_trip(lab, "other scripts", "李小龍", "สวัสดี", "Ёлка Щукина", "Ὀδυσσεύς")

    @check(writes)
    async def test_quotes_and_code(self, lab: Lab) -> None:
        """What looks like markup, a query or a formula is text."""
        await _round_trip(lab, "quotes and code", "O'Brien') or 1 eq 1 --", '"><script>alert(1)</script>', "a]]>b & c &lt; d",
                          "=HYPERLINK(\"http://x\")", "{{7*7}} ${7*7} %s %00", r"back\slash \n \, \;", "a;b,c:d=e|f")

    @check(writes)
    async def test_lines(self, lab: Lab) -> None:
        """Line breaks survive, and begin no header or property."""
        await _round_trip(lab, "lines", "first\nsecond\n\nfourth", "x\nX-INJECTED:1\nEND:VCARD\nBEGIN:VCARD")

    @check(writes)
    async def test_an_emptied_value(self, lab: Lab) -> None:
        """A value that is emptied is empty, for users and for fetch."""
        record = await lab.fetch(await lab.user_create())
        result = (await lab.write(lab.patch(record, lab.text_patch(record.data, None))))[0]
        if isinstance(result, Refused) and result.reaction == "rejected":
            return
        require(isinstance(result, Done), f"emptying a value answers {shown(result)}")
        require(not await lab.truth_of(record.ref), "an emptied value is still there for its users")
        require(lab.text_of((await lab.fetch(record.ref)).data) is None, "fetch does not give None for an emptied value")

    @check(writes)
    async def test_a_value_set_after_being_empty(self, lab: Lab) -> None:
        """An empty value can be filled."""
        record = await lab.fetch(await lab.user_create())
        if isinstance((await lab.write(lab.patch(record, lab.text_patch(record.data, None))))[0], Refused):
            return
        record = await lab.fetch(record.ref)
        await lab.done(lab.update(record, word := lab.word()))
        require(await lab.truth_of(record.ref) == word, "a value set after being empty is not there")

    @check(writes)
    async def test_an_oversized_value(self, lab: Lab) -> None:
        """A value too long is rejected, or what is kept of it is shown; it stops nothing else."""
        record, other = [await lab.fetch(ref) for ref in await lab.seed(2)]
        long = f"{lab.word()} " + "x" * 100_000
        results = await lab.write(lab.update(record, long), lab.update(other, word := lab.word()))
        await _kept_or_rejected(lab, record, results[0])
        atomic = lab.connector.capabilities.batch.mode == "atomic" and isinstance(results[0], Refused)
        require(atomic or isinstance(results[1], Done), f"a value too long stops another write: {shown(results[1])}")
        require(atomic or await lab.truth_of(other.ref) == word, "a value too long stops another write")

    @check(writes)
    async def test_a_value_nobody_can_store(self, lab: Lab) -> None:
        """A NUL or half a character is rejected, left out, or shown as it was kept; it raises nothing."""
        for text in ("nul \0 inside", "half \ud800 a character"):
            record = await lab.fetch(await lab.user_create())
            result = (await lab.write(lab.update(record, text)))[0]
            await _kept_or_rejected(lab, record, result)


async def _round_trip(lab: Lab, kind: str, *texts: str) -> None:
    lab.can(kind)
    ref = await lab.user_create()
    for text in texts:
        record = await lab.fetch(ref)
        result = (await lab.write(lab.update(record, text)))[0]
        if isinstance(result, Refused) and result.reaction == "rejected":
            continue
        require(isinstance(result, Done), f"{kind}: answers {shown(result)}")
        for who, value in (("users see", await lab.truth_of(ref)), ("fetch gives", lab.text_of((await lab.fetch(ref)).data))):
            require(_folded(value) == _folded(text), f"{kind}: {who} something else than was written: {value!r}")


def _folded(text: object) -> str:
    """As units compare texts: composed; line breaks as one sign."""
    return unicodedata.normalize("NFC", str(text or "")).replace("\r\n", "\n").replace("\r", "\n").strip()


async def _kept_or_rejected(lab: Lab, record: NativeRecord, result: object) -> None:
    good = isinstance(result, Done) or (isinstance(result, Refused) and result.reaction == "rejected")
    require(good, f"it answers {result if not isinstance(result, Done | Refused) else shown(result)}")
    if isinstance(result, Refused):
        require(await lab.truth_of(record.ref) == lab.text_of(record.data), "a value that was rejected was stored")
    else:
        require(_folded(lab.text_of((await lab.fetch(record.ref)).data)) == _folded(await lab.truth_of(record.ref)),
                "fetch gives something else than was kept")
