"""Checks of several writes in one call."""

from __future__ import annotations

from hub.model.write import Done, Refused
from hub.testing.contract.checks import check, creates, writes
from hub.testing.contract.lab import Lab, require, shown


class Batches:
    """One result per write, in order, whatever becomes of the others."""

    @check(creates)
    async def test_results_are_in_order(self, lab: Lab) -> None:
        """Each result belongs to the write in its place."""
        sent = [lab.create(number, text=lab.word()) for number in range(1, 6)]
        for write, done in zip(sent, await lab.done(*sent), strict=True):
            require(await lab.truth_of(done.ref) == lab.text_of(write.patch), "a result belongs to another write")

    @check(creates)
    async def test_more_than_one_batch(self, lab: Lab) -> None:
        """More writes than the system takes in one call are all done."""
        count = min(lab.connector.capabilities.batch.max, 200) + 2
        before = len(await lab.truth())
        await lab.done(*(lab.create(number) for number in range(1, count + 1)))
        require(len(await lab.truth()) == before + count, f"{count} creates did not make {count} records")

    @check(writes)
    async def test_a_batch_of_mixed_writes(self, lab: Lab) -> None:
        """Creates, updates and deletes go in one call."""
        capable = lab.connector.capabilities
        first, second = [await lab.fetch(ref) for ref in await lab.seed(2)]
        sent = [lab.update(first, word := lab.word())]
        sent += [lab.create(3)] if capable.creates else []
        sent += [lab.delete(second)] if capable.deletes else []
        await lab.done(*sent)
        there = await lab.truth()
        require(await lab.truth_of(first.ref) == word, "the update of a mixed call is not there")
        require((second.ref.native_id in there) != bool(capable.deletes), "the delete of a mixed call did not land")

    @check(writes)
    async def test_one_refused_among_others(self, lab: Lab) -> None:
        """One write that is refused is refused alone; where a batch is all or nothing, nothing of it landed."""
        records = [await lab.fetch(ref) for ref in await lab.seed(3)]
        await lab.user_delete(records[1].ref)
        words = [lab.word() for _ in records]
        results = await lab.write(*(lab.update(record, word) for record, word in zip(records, words, strict=True)))
        require(isinstance(results[1], Refused), f"an update of a deleted record answers {shown(results[1])}")
        await lab.honest(results, words)
        others = (results[0], results[2])
        if lab.connector.capabilities.batch.mode == "atomic":
            require(all(isinstance(r, Done) or (isinstance(r, Refused) and r.reaction == "transient") for r in others),
                    f"the others are neither done nor to be tried again: {', '.join(map(shown, others))}")
        else:
            require(all(isinstance(r, Done) for r in others), f"the others are {', '.join(map(shown, others))}")

    @check(writes)
    async def test_no_writes_no_requests(self, lab: Lab) -> None:
        """A call without writes answers nothing and asks nothing."""
        before = len(lab.trouble.sent)
        require(await lab.write() == [], "a call without writes gives results")
        require(len(lab.trouble.sent) == before, "a call without writes makes requests")
