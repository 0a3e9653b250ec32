"""Checks of absence: each way in which a record is not there any more."""

from __future__ import annotations

from hub.model.record import Gone
from hub.model.write import Done, Refused
from hub.sdk.connector import SupportsMerge
from hub.testing.contract.checks import check, deletes, merges, remembers, told, writes
from hub.testing.contract.lab import Lab, require, shown

_SHOWN_AS = {"soft flag": ("trashed",), "inactive": ("inactive",), "tombstone": ("deleted", "trashed", "left_view")}


class Absence:
    """Deleted, trashed, merged, hidden: different things, and none of them an error."""

    @check(remembers, told)
    async def test_a_delete_is_told(self, lab: Lab) -> None:
        """A delete made there comes with the next pull, in the way the connector declares."""
        ref, other = await lab.seed(2)
        first = await lab.pull()
        await lab.user_delete(ref)
        got = await lab.pull(first.checkpoint)
        require(ref in got.gone, "a deleted record is not told as gone")
        require(other not in got.gone, "a record is told as gone that nobody deleted")
        ways = _SHOWN_AS[lab.connector.capabilities.deletes_seen_as]
        require(got.gone[ref].how in ways, f"a delete is told as {got.gone[ref].how}, and {' or '.join(ways)} declared")

    @check()
    async def test_a_deleted_record_is_not_listed(self, lab: Lab) -> None:
        """A full listing does not have a deleted record as present."""
        ref, other = await lab.seed(2)
        await lab.user_delete(ref)
        got = await lab.pull()
        require(ref not in got.records, "a deleted record is listed as present")
        require(other in got.records, "the other record is not listed")

    @check()
    async def test_fetch_of_a_deleted_record(self, lab: Lab) -> None:
        """Fetch of a deleted record says Gone, and is no error."""
        ref = await lab.user_create()
        await lab.user_delete(ref)
        answer = (await lab.connector.fetch([ref]))[0]
        require(isinstance(answer, Gone) and answer.how in ("deleted", "trashed", "inactive"),
                f"fetch of a deleted record says {answer.how if isinstance(answer, Gone) else 'it is there'}")

    @check()
    async def test_erased_for_good(self, lab: Lab) -> None:
        """A record deleted past the trash is not listed, and fetch says that it is deleted."""
        ref = await lab.user_create()
        await lab.user_does("user_erase", ref)
        answer = (await lab.connector.fetch([ref]))[0]
        require(isinstance(answer, Gone) and answer.how == "deleted", "an erased record is not told as deleted")
        require(ref not in (await lab.pull()).records, "an erased record is listed")

    @check()
    async def test_restored_from_the_trash(self, lab: Lab) -> None:
        """A record taken out of the trash is told again, and is there."""
        ref = await lab.user_create()
        await lab.user_delete(ref)
        first = await lab.pull()
        await lab.user_does("user_restore", ref)
        got = await lab.pull(first.checkpoint)
        require(ref in got.records, "a restored record is not told")
        await lab.fetch(ref)

    @check()
    async def test_merged_there(self, lab: Lab) -> None:
        """Of two records joined there the loser is gone, and names the winner where the system tells."""
        winner, loser = await lab.seed(2)
        await lab.user_does("user_merge", winner, loser)
        answer = (await lab.connector.fetch([loser]))[0]
        require(isinstance(answer, Gone), "the loser of a merge is said to be there")
        assert isinstance(answer, Gone)
        tells = lab.connector.capabilities.deletes_seen_as != "absence"
        ways = ("merged_into",) if tells else ("merged_into", "deleted")
        require(answer.how in ways, f"the loser of a merge is told as {answer.how}")
        require(answer.how != "merged_into" or answer.into == winner, "the loser of a merge names another winner")
        await lab.fetch(winner)

    @check()
    async def test_left_the_view(self, lab: Lab) -> None:
        """A record the account cannot see any more has left the view or is denied; it is not told as deleted."""
        ref, other = await lab.seed(2)
        await lab.user_does("user_hide", ref)
        answers = await lab.connector.fetch([ref, other])
        require(isinstance(answers[0], Gone) and answers[0].how in ("left_view", "denied"),
                "a record that is hidden from the account is not told as left_view or denied")
        require(not isinstance(answers[1], Gone), "the other record is said to be gone")
        require(ref not in (await lab.pull()).records, "a hidden record is listed")

    @check(deletes)
    async def test_our_delete_lands(self, lab: Lab) -> None:
        """A delete of ours lands: users do not see the record, and fetch says Gone."""
        ref, other = await lab.seed(2)
        await lab.done(lab.delete(await lab.fetch(ref)))
        there = await lab.truth()
        require(ref.native_id not in there, "a deleted record is still there for its users")
        require(other.native_id in there, "another record was deleted")
        require(isinstance((await lab.connector.fetch([ref]))[0], Gone), "fetch says a deleted record is there")

    @check(merges)
    async def test_our_merge_lands(self, lab: Lab) -> None:
        """Two records that are alike are joined in the system: the winner stays, the loser is gone."""
        winner, loser = [await lab.user_create(1) for _ in range(2)]
        assert isinstance(lab.connector, SupportsMerge)
        result = await lab.connector.merge(winner, loser)
        require(isinstance(result, Done), f"a merge answers {shown(result)}")
        there = await lab.truth()
        require(winner.native_id in there and loser.native_id not in there, "after a merge users do not see the winner alone")
        require(isinstance((await lab.connector.fetch([loser]))[0], Gone), "fetch says the loser of a merge is there")

    @check(deletes)
    async def test_deleting_twice(self, lab: Lab) -> None:
        """A delete of what is gone is Done or refused as gone; it is no error."""
        record = await lab.fetch(await lab.user_create())
        await lab.user_delete(record.ref)
        result = (await lab.write(lab.delete(record)))[0]
        good = isinstance(result, Done) or (isinstance(result, Refused) and result.reaction in ("gone", "stale"))
        require(good, f"a delete of what is gone answers {shown(result)}")

    @check(writes)
    async def test_writing_to_what_is_gone(self, lab: Lab) -> None:
        """An update of a deleted record is refused as gone, and makes no new record."""
        record = await lab.fetch(await lab.user_create())
        await lab.user_delete(record.ref)
        before, word = len(await lab.truth()), lab.word()
        result = (await lab.write(lab.update(record, word)))[0]
        require(isinstance(result, Refused) and result.reaction in ("gone", "stale"),
                f"an update of a deleted record answers {shown(result)}")
        require(len(await lab.truth()) == before and not await lab.holding(word), "the update made a record")
