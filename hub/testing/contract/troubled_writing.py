"""Checks of writing while the network or the system is in trouble: what nobody knows is Unknown."""

from __future__ import annotations

from hub.model.refs import RecordRef
from hub.model.write import Done, NativeWrite, Refused, Unknown, WriteResult
from hub.testing.contract.checks import check, creates, deletes, keyed, searches, writes
from hub.testing.contract.lab import Lab, require, shown
from hub.testing.contract.trouble import Fault
from hub.testing.contract.troubled_reading import LONG

STORED: tuple[Fault, ...] = ("unanswered", "reset", "truncated")
"""Those with which the write is stored."""


TOGETHER = 12
"""Creates in one call, so many that a connector may send them another way than one."""


class TroubledWriting:
    """A time-out is never a failure, a write is never repeated, and what is refused did not land."""

    @check(creates)
    async def test_a_create_without_answer(self, lab: Lab) -> None:
        """A create whose answer is lost is Unknown, and there is one record."""
        result = await _once(lab, lab.create(1, text=(word := lab.word())), "unanswered")
        count = len(await lab.holding(word))
        require(count == 1, f"a create whose answer is lost made {count} records")
        require(not isinstance(result, Refused), f"a create that landed answers {shown(result)}")

    @check(creates, keyed, searches)
    async def test_a_create_without_answer_is_found(self, lab: Lab) -> None:
        """A create whose answer is lost is found by its key."""
        write = lab.create(1, text=(word := lab.word()))
        await _once(lab, write, "unanswered")
        found = await lab.find(write.key)
        require(write.key in found and [found[write.key].ref.native_id] == await lab.holding(word),
                "a create whose answer is lost is not found by its key")

    @check(writes)
    async def test_an_update_without_answer(self, lab: Lab) -> None:
        """An update whose answer is lost is Unknown: it landed."""
        record, word = await lab.fetch(await lab.user_create()), lab.word()
        result = await _once(lab, lab.update(record, word), "unanswered")
        require(not isinstance(result, Refused), f"an update that landed answers {shown(result)}")
        require(await lab.truth_of(record.ref) == word, "the update did not land")

    @check(writes)
    async def test_somebody_types_while_nobody_answers(self, lab: Lab) -> None:
        """What somebody types after a write whose answer is lost is not taken for the write's own version."""
        ref = await lab.user_create()
        for number, fault in enumerate(STORED, 2):
            record, word = await lab.fetch(ref), lab.word()
            met = lab.trouble.arm(fault, "write")
            met.then = await lab.about_to_edit(ref, word)
            result = (await lab.try_write(lab.patch(record, lab.beside(number))))[0]
            lab.trouble.calm()
            require(met.struck, f"the write makes no request that changes anything: {shown(result)}")
            require(await lab.truth_of(ref) == word, f"{fault}: what was typed after the write is gone")
            claimed = result.version if isinstance(result, Done) else None
            require(claimed is None or claimed != (await lab.fetch(ref)).version,
                    f"{fault}: the version of what somebody typed is said to be the write's")

    @check(creates)
    async def test_somebody_types_before_it_is_read_back(self, lab: Lab) -> None:
        """What somebody types right after a write, one of many creates or an update, is not taken for the write's own version."""
        made, *others = [lab.create(number, text=lab.word()) for number in range(1, TOGETHER + 1)]
        ref = await _typed_after(lab, made, *others)
        await _typed_after(lab, lab.update(await lab.fetch(ref), lab.word()))

    @check(deletes)
    async def test_a_delete_without_answer(self, lab: Lab) -> None:
        """A delete whose answer is lost is Unknown: it landed."""
        record = await lab.fetch(await lab.user_create())
        result = await _once(lab, lab.delete(record), "unanswered")
        require(not isinstance(result, Refused), f"a delete that landed answers {shown(result)}")
        require(record.ref.native_id not in await lab.truth(), "the delete did not land")

    @check(writes)
    async def test_an_update_cut_off(self, lab: Lab) -> None:
        """An update whose answer breaks off, or makes no sense, is never said to be refused."""
        faults: tuple[Fault, ...] = ("reset", "truncated")
        for fault in faults:
            record, word = await lab.fetch(await lab.user_create()), lab.word()
            result = await _once(lab, lab.update(record, word), fault)
            require(not isinstance(result, Refused), f"{fault}: an update that landed answers {shown(result)}")

    @check(creates)
    async def test_a_web_page_for_a_write(self, lab: Lab) -> None:
        """A write that is answered by a web page is not done, nor certainly refused for good."""
        result = await _once(lab, lab.create(1, text=lab.word()), "html")
        good = isinstance(result, Unknown) or (isinstance(result, Refused) and result.reaction == "transient")
        require(good, f"a write that never arrived answers {shown(result)}")

    @check(writes)
    async def test_a_write_that_never_left(self, lab: Lab) -> None:
        """A write without a connection is to be tried again, and did not land."""
        record, word = await lab.fetch(await lab.user_create()), lab.word()
        result = await _once(lab, lab.update(record, word), "unsent", times=LONG)
        require(isinstance(result, Unknown) or (isinstance(result, Refused) and result.reaction == "transient"),
                f"a write that never left answers {shown(result)}")
        require(await lab.truth_of(record.ref) != word, "a write that never left landed")

    @check(writes)
    async def test_a_server_error_for_a_write(self, lab: Lab) -> None:
        """A write answered by a 5xx is Unknown, or to be tried again where it certainly did not land; never rejected."""
        faults: tuple[Fault, ...] = ("500", "503")
        for fault in faults:
            record, word = await lab.fetch(await lab.user_create()), lab.word()
            result = await _once(lab, lab.update(record, word), fault, times=LONG)
            require(isinstance(result, Unknown) or (isinstance(result, Refused) and result.reaction == "transient"),
                    f"{fault}: answers {shown(result)}")

    @check(creates)
    async def test_writes_are_not_repeated(self, lab: Lab) -> None:
        """A write nobody answered is not sent again by the connector."""
        faults: tuple[Fault, ...] = ("unanswered", "500", "reset")
        for fault in faults:
            word = lab.word()
            before = lab.trouble.count("write")
            await _once(lab, lab.create(1, text=word), fault, times=LONG)
            require(lab.trouble.count("write") - before == 1, f"{fault}: the write was sent again")
            require(len(await lab.holding(word)) <= 1, f"{fault}: a write made two records")

    @check(creates)
    async def test_a_write_asked_to_wait(self, lab: Lab) -> None:
        """A write answered by 429 is done once after the wait, or refused for now with the seconds asked for."""
        word = lab.word()
        result = await _once(lab, lab.create(1, text=word), "429", retry_after="2")
        await lab.honest([result], [word])
        require(isinstance(result, Done) or (isinstance(result, Refused) and result.reaction == "transient"),
                f"a write asked to wait answers {shown(result)}")
        require(not isinstance(result, Refused) or (result.retry_after_s or 0) >= 2, "the seconds asked for are lost")

    @check(creates)
    async def test_trouble_between_two_writes(self, lab: Lab) -> None:
        """When trouble comes after the first write of a call, each write has its own true result, and nothing is raised."""
        faults: tuple[Fault, ...] = ("500", "unanswered", "unsent", "429", "html")
        for fault in faults:
            words = [lab.word() for _ in range(3)]
            sent = [lab.create(number, text=word) for number, word in enumerate(words, 1)]
            lab.trouble.arm(fault, "write", skip=1, times=LONG, retry_after="1000000")
            results = await lab.write(*sent)
            lab.trouble.calm()
            await lab.honest(results, words)

    @check(creates)
    async def test_well_again_after_writing(self, lab: Lab) -> None:
        """After trouble the same connector writes."""
        await _once(lab, lab.create(1), "unanswered")
        await _once(lab, lab.create(2), "html")
        await lab.done(lab.create(3, text=(word := lab.word())))
        require(len(await lab.holding(word)) == 1, "after trouble a create does not land")


async def _once(lab: Lab, write: NativeWrite, fault: Fault, *, times: int = 1, retry_after: str | None = None) -> WriteResult:
    """The result of one write whose first request meets a fault."""
    met = lab.trouble.arm(fault, "write", times=times, retry_after=retry_after)
    result = (await lab.try_write(write))[0]
    lab.trouble.calm()
    require(met.struck, "the write makes no request that changes anything")
    return result


async def _typed_after(lab: Lab, first: NativeWrite, *others: NativeWrite) -> RecordRef:
    """The record of the first of some writes, into which somebody types after each request that changes anything."""
    showing, found = lab.text_of(first.patch), first.ref.native_id

    async def types() -> None:
        nonlocal showing, found
        for found in await lab.holding(showing):
            await lab.user_edit(lab.ref(found), showing := lab.word())

    met = lab.trouble.arm("answered", "write", times=LONG)
    met.then = types
    result = (await lab.write(first, *others))[0]
    lab.trouble.calm()
    require(met.struck, "the write makes no request that changes anything")
    require(not isinstance(result, Refused), f"a write that landed answers {shown(result)}")
    there = await lab.fetch(lab.ref(found))
    if lab.text_of(there.data) == showing:  # else the write laid itself over it, which other checks and figures tell
        claimed = result.version if isinstance(result, Done) else None
        require(claimed is None or claimed != there.version,
                f"the version of what somebody typed is said to be the {first.op}'s")
    return there.ref
