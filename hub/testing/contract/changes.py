"""Checks of incremental reading: checkpoints, changes since one, repeats, and checkpoints that died."""

from __future__ import annotations

import json

from hub.errors import ResyncRequired
from hub.testing.contract.checks import check, remembers, stamped
from hub.testing.contract.lab import Lab, Pull, require


class Changes:
    """What changed since the checkpoint, at least once."""

    @check()
    async def test_an_edit_is_pulled(self, lab: Lab) -> None:
        """An edit made after a pull comes with the next one."""
        ref, _ = await lab.seed(2)
        first, word = await lab.pull(), lab.word()
        await lab.user_edit(ref, word)
        got = await lab.pull(first.checkpoint)
        require(ref in got.records, "an edited record is not in the next pull")
        require(lab.text_of(got.records[ref].data) == word, "the next pull has the record without its edit")

    @check()
    async def test_a_new_record_is_pulled(self, lab: Lab) -> None:
        """A record made after a pull comes whole with the next one."""
        await lab.user_create(1)
        first = await lab.pull()
        ref = await lab.user_create(2)
        got = await lab.pull(first.checkpoint)
        require(ref in got.records, "a new record is not in the next pull")
        told = got.records[ref]
        # the hub's own key says nothing of the person; a vendor may show it only to who asks for it
        spared = {lab.connector.capabilities.own_key_field} if not told.complete else set()
        missing = (await lab.fetch(ref)).data.keys() - told.data.keys() - spared
        require(not missing, f"a new record comes without {', '.join(sorted(missing))}")

    @check(remembers)
    async def test_changes_are_not_a_listing(self, lab: Lab) -> None:
        """A pull of changes never says that a full listing ended."""
        await lab.seed(2)
        got = await lab.pull((await lab.pull()).checkpoint)
        require(not got.ended, "a pull of changes says it was a full listing; all the others would count as missing")

    @check(remembers)
    async def test_quiet_systems_stay_quiet(self, lab: Lab) -> None:
        """Without changes nothing is told as gone, and what is repeated is as it was."""
        await lab.seed(2)
        first = await lab.pull()
        got = await lab.pull(first.checkpoint)
        require(not got.gone, "records are told as gone that nobody deleted")
        require(all(first.records[ref].version == record.version for ref, record in got.records.items()
                    if ref in first.records), "a record is repeated with another version")
        require(got.checkpoint is not None, "a pull without changes gives no checkpoint")

    @check(remembers)
    async def test_a_checkpoint_can_be_used_twice(self, lab: Lab) -> None:
        """A pull that is repeated from the same checkpoint, as after a crash, tells the same."""
        ref, other = await lab.seed(2)
        first = await lab.pull()
        await lab.user_edit(ref, lab.word())
        await lab.user_edit(other, lab.word())
        once, again = [await lab.pull(first.checkpoint) for _ in range(2)]
        require(_versions(once) == _versions(again), "the second pull from a checkpoint tells something else")

    @check(remembers)
    async def test_a_checkpoint_is_json(self, lab: Lab) -> None:
        """A checkpoint survives being stored as JSON, and another connector goes on from it."""
        ref, _ = await lab.seed(2)
        first = await lab.pull()
        stored = json.loads(json.dumps(first.checkpoint))
        require(stored == first.checkpoint, "a checkpoint changes when it is stored as JSON")
        await lab.user_edit(ref, lab.word())
        got = await lab.pull(stored, lab.open())
        require(ref in got.records and not got.ended, "a new connector does not go on from a stored checkpoint")

    @check(remembers)
    async def test_checkpoints_move_on(self, lab: Lab) -> None:
        """What was told before a later checkpoint need not be told after it, and nothing between is lost."""
        refs = await lab.seed(3)
        since = (await lab.pull()).checkpoint
        for ref in refs:
            await lab.user_edit(ref, lab.word())
            got = await lab.pull(since)
            require(ref in got.records, "an edit between two pulls is lost")
            since = got.checkpoint

    @check(remembers)
    async def test_many_changes_are_paged(self, lab: Lab) -> None:
        """More changes than one page holds all come, in one tick of the vendor's clock or not."""
        first = await lab.pull()
        refs = await lab.seed(lab.many)
        got = await lab.pull(first.checkpoint)
        missing = set(refs) - got.records.keys()
        require(not missing, f"{len(missing)} of {len(refs)} changes are lost between the pages")

    @check(remembers)
    async def test_an_edit_in_the_tick_of_the_checkpoint(self, lab: Lab) -> None:
        """An edit made at once after a pull is seen, though the vendor's clock did not move in between."""
        ref = await lab.user_create()
        for _ in range(3):
            since = (await lab.pull()).checkpoint
            word = lab.word()
            await lab.user_edit(ref, word)
            got = await lab.pull(since)
            require(ref in got.records and lab.text_of(got.records[ref].data) == word,
                    "an edit in the same tick as the checkpoint is never told")

    @check(stamped)
    async def test_the_tick_is_declared(self, lab: Lab) -> None:
        """A timestamp cursor says how long its tick is."""
        require(lab.connector.capabilities.cursor_precision_s > 0, "cursor_precision_s is not declared")

    @check(remembers)
    async def test_incomplete_records_say_so(self, lab: Lab) -> None:
        """A change that carries only some fields is marked as incomplete, and what it says is true."""
        ref = await lab.user_create()
        since = (await lab.pull()).checkpoint
        await lab.user_edit(ref, lab.word())
        got, whole = (await lab.pull(since)).records[ref], await lab.fetch(ref)
        missing = whole.data.keys() - got.data.keys()
        require(not (got.complete and missing), f"a change said to be complete lacks {', '.join(sorted(missing))}")
        wrong = [key for key, value in got.data.items() if whole.data.get(key) != value]
        require(not wrong, f"a change says something else than fetch: {', '.join(sorted(wrong))}")

    @check(remembers)
    async def test_an_expired_checkpoint_is_named(self, lab: Lab) -> None:
        """A checkpoint the system does not accept any more is ResyncRequired, never an empty answer or another error."""
        await lab.seed(2)
        first = await lab.pull()
        await lab.user_does("expire_checkpoint")
        got = await lab.try_pull(first.checkpoint)
        require(isinstance(got.error, ResyncRequired), "an expired checkpoint is not told as ResyncRequired but as "
                f"{type(got.error).__name__ if got.error else 'an ordinary answer'}")

    @check(remembers)
    async def test_after_an_expired_checkpoint_all_is_read(self, lab: Lab) -> None:
        """After ResyncRequired a pull without a checkpoint lists everything, and gives a checkpoint that works."""
        refs = await lab.seed(2)
        old = await lab.pull()
        await lab.user_does("expire_checkpoint")
        await lab.try_pull(old.checkpoint)
        got = await lab.pull()
        require(set(refs) <= got.records.keys() and got.ended, "after a resync the listing is not whole")
        await lab.user_edit(refs[0], lab.word())
        require(refs[0] in (await lab.pull(got.checkpoint)).records, "the checkpoint after a resync does not work")


def _versions(pull: Pull) -> dict[object, object]:
    return {ref: record.version or json.dumps(record.data) for ref, record in pull.records.items()}
