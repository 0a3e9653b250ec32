"""Checks of writing: creates and their keys, updates and what they leave alone, conditions, markers, answers."""

from __future__ import annotations

from uuid import uuid4

from hub.model.record import NativeRecord
from hub.model.write import Done, Refused
from hub.testing.contract.checks import (
    check,
    conditional,
    creates,
    deletes,
    idempotent,
    keyed,
    marked,
    remembers,
    returns_record,
    returns_version,
    searches,
    writes,
)
from hub.testing.contract.lab import Lab, require, shown


class Writing:
    """What is written is there, once, and nothing else is touched."""

    @check(creates)
    async def test_a_create_is_there(self, lab: Lab) -> None:
        """A created record is seen by its users, and fetch gives what was sent."""
        word = lab.word()
        done = (await lab.done(lab.create(1, text=word)))[0]
        require(await lab.truth_of(done.ref) == word, "users see another text than was created")
        require(lab.text_of((await lab.fetch(done.ref)).data) == word, "fetch gives another text than was created")

    @check(creates)
    async def test_a_create_names_its_record(self, lab: Lab) -> None:
        """The answer to a create names the new record, in the collection it was made in."""
        word = lab.word()
        done = (await lab.done(lab.create(1, text=word)))[0]
        require([done.ref.native_id] == await lab.holding(word), "the answer to a create names another record")
        require(done.ref.collection == lab.harness.collection, "the record was not made in the collection asked for")

    @check(creates)
    async def test_our_create_is_pulled(self, lab: Lab) -> None:
        """A record of ours comes with the next pull under the same ref."""
        since = (await lab.pull()).checkpoint
        done = (await lab.done(lab.create()))[0]
        require(done.ref in (await lab.pull(since)).records, "a created record is not in the next pull under its ref")

    @check(creates, searches)
    async def test_a_create_is_found_by_its_key(self, lab: Lab) -> None:
        """A created record is found by the hub's key, before any retry of the create."""
        write = lab.create()
        done = (await lab.done(write))[0]
        found = await lab.find(write.key)
        require(write.key in found and found[write.key].ref == done.ref, "a created record is not found by its key")

    @check(creates, searches)
    async def test_find_knows_what_it_knows(self, lab: Lab) -> None:
        """Find answers only keys that records have, however many are asked at once."""
        sent = [lab.create(1), lab.create(2)]
        await lab.done(*sent)
        found = await lab.find(*(str(uuid4()) for _ in range(70)), *(write.key for write in sent))
        require(set(found) == {write.key for write in sent}, "find answers a key nobody has, or not one that is there")

    @check(creates, searches)
    async def test_find_of_nothing_is_nothing(self, lab: Lab) -> None:
        """Find of a key that no record has, and of no key, gives nothing, although there are other records."""
        await lab.user_create()
        require(not await lab.find(str(uuid4())), "find gives a record for a key that none has")
        require(not await lab.find(), "find gives records without being asked for any")

    @check(creates, keyed)
    async def test_the_key_is_kept(self, lab: Lab) -> None:
        """The hub's key stands in the record, in the field the connector names."""
        write = lab.create()
        done = (await lab.done(write))[0]
        own = lab.connector.capabilities.own_key_field or ""
        require((await lab.fetch(done.ref)).data.get(own) == write.key, f"the key is not in {own}")

    @check(creates, idempotent)
    async def test_a_create_twice_is_one_record(self, lab: Lab) -> None:
        """A create that is sent again with its key makes no second record, and names the first."""
        write = lab.create(1, text=lab.word())
        first = (await lab.done(write))[0]
        second = (await lab.write(write))[0]
        count = len(await lab.holding(lab.text_of(write.patch)))
        require(count == 1, f"a create sent twice made {count} records")
        require(isinstance(second, Done) and second.ref == first.ref, f"the repeated create answers {shown(second)}")

    @check(creates, idempotent)
    async def test_a_create_sent_again_lays_over_nothing(self, lab: Lab) -> None:
        """A create that is sent again leaves what somebody typed since, and does not take it for its own."""
        write, word = lab.create(1, text=lab.word()), lab.word()
        ref = (await lab.done(write))[0].ref
        await lab.user_edit(ref, word)
        again = (await lab.write(write))[0]
        require(await lab.truth_of(ref) == word, "what was typed since the first create is gone")
        claimed = again.version if isinstance(again, Done) else None
        require(claimed is None or claimed != (await lab.fetch(ref)).version,
                "the version of what somebody typed is said to be the create's")

    @check(writes)
    async def test_an_update_is_there(self, lab: Lab) -> None:
        """An update is seen by users, and by fetch."""
        record, word = await lab.fetch(await lab.user_create()), lab.word()
        await lab.done(lab.update(record, word))
        require(await lab.truth_of(record.ref) == word, "users see another text than was written")
        require(lab.text_of((await lab.fetch(record.ref)).data) == word, "fetch gives another text than was written")

    @check(writes)
    async def test_an_update_leaves_the_rest(self, lab: Lab) -> None:
        """An update changes the native fields it names, and no other."""
        record = await lab.fetch(await lab.user_create())
        write = lab.update(record, lab.word())
        await lab.done(write)
        before, after = [lab.harness.lasting(each.data) for each in (record, await lab.fetch(record.ref))]
        touched = [key for key in before.keys() | after.keys()
                   if key not in write.patch and before.get(key) != after.get(key)]
        require(not touched, f"an update changed fields it did not name: {', '.join(sorted(touched))}")

    @check(writes)
    async def test_an_update_leaves_the_others(self, lab: Lab) -> None:
        """An update changes no other record, and makes none."""
        ref, other = await lab.seed(2)
        before = await lab.truth()
        await lab.done(lab.update(await lab.fetch(ref), lab.word()))
        after = await lab.truth()
        require(before.keys() == after.keys(), "an update made or removed a record")
        require(before[other.native_id] == after[other.native_id], "an update changed another record")

    @check(writes, returns_record)
    async def test_the_answer_is_what_is_stored(self, lab: Lab) -> None:
        """The record in the answer is what the system stored, also where it rewrote what was sent."""
        record = await lab.fetch(await lab.user_create())
        text = f"  {lab.word().lower()}   wide  " + "x" * 300
        result = (await lab.write(lab.update(record, text)))[0]
        if isinstance(result, Refused):
            result = (await lab.done(lab.update(record, f"{lab.word().lower()}")))[0]
        require(isinstance(result, Done) and result.record is not None, f"no record in the answer: {shown(result)}")
        assert isinstance(result, Done) and result.record is not None
        after = await lab.fetch(record.ref)
        other = [key for key in after.data if result.record.data.get(key) != after.data[key]]
        require(not other, f"the answer shows other values than are stored: {', '.join(sorted(other))}")

    @check(writes, returns_version)
    async def test_the_version_answered_is_the_present_one(self, lab: Lab) -> None:
        """The version an update answers is the one fetch gives afterwards."""
        record = await lab.fetch(await lab.user_create())
        done = (await lab.done(lab.update(record, lab.word())))[0]
        after = await lab.fetch(record.ref)
        require(done.version is not None, "no version in the answer, though that is declared")
        require(done.version == after.version, "the answer gives another version than fetch afterwards")
        require(done.record is None or done.record.version == done.version, "the answer gives two versions")

    @check(creates, returns_version)
    async def test_the_version_of_a_create(self, lab: Lab) -> None:
        """The version a create answers is the one fetch gives afterwards."""
        done = (await lab.done(lab.create()))[0]
        require(done.version is not None, "no version in the answer, though that is declared")
        require(done.version == (await lab.fetch(done.ref)).version, "the answer gives another version than fetch")

    @check(writes, remembers, returns_version)
    async def test_our_own_write_is_recognised(self, lab: Lab) -> None:
        """The pull after a write of ours shows the version the write answered, or does not show the record."""
        record = await lab.fetch(await lab.user_create())
        since = (await lab.pull()).checkpoint
        done = (await lab.done(lab.update(record, lab.word())))[0]
        seen = (await lab.pull(since)).records.get(record.ref)
        require(seen is None or seen.version == done.version, "our own write comes back with another version")

    @check(writes, marked)
    async def test_the_marker_is_kept(self, lab: Lab) -> None:
        """The marker of a write stands in the record, and a user's edit on top leaves it there."""
        record = await lab.fetch(await lab.user_create())
        write = lab.update(record, lab.word())
        await lab.done(write)
        name = lab.connector.capabilities.write_marker or ""
        require((await lab.fetch(record.ref)).data.get(name) == write.patch[name], "the marker is not in the record")
        await lab.user_edit(record.ref, lab.word())
        require((await lab.fetch(record.ref)).data.get(name) == write.patch[name], "a user's edit removes the marker")

    @check(creates, marked)
    async def test_a_create_carries_its_marker(self, lab: Lab) -> None:
        """The marker of a create stands in the new record."""
        write = lab.create()
        done = (await lab.done(write))[0]
        name = lab.connector.capabilities.write_marker or ""
        require((await lab.fetch(done.ref)).data.get(name) == write.patch[name], "the marker is not in the new record")

    @check(writes, conditional)
    async def test_a_stale_update_is_refused(self, lab: Lab) -> None:
        """An update that expects an older version is refused as stale, and the user's edit in between stays."""
        record = await _edited(lab, word := lab.word())
        result = (await lab.write(lab.update(record, lab.word())))[0]
        require(isinstance(result, Refused) and result.reaction == "stale", f"a stale update answers {shown(result)}")
        require(await lab.truth_of(record.ref) == word, "a stale update overwrote the user's edit")

    @check(deletes, conditional)
    async def test_a_stale_delete_is_refused(self, lab: Lab) -> None:
        """A delete that expects an older version is refused as stale, and the edited record stays."""
        record = await _edited(lab, word := lab.word())
        result = (await lab.write(lab.delete(record)))[0]
        require(isinstance(result, Refused) and result.reaction == "stale", f"a stale delete answers {shown(result)}")
        require(await lab.truth_of(record.ref) == word, "a stale delete took the user's edit with it")

    @check(writes, conditional)
    async def test_records_have_versions(self, lab: Lab) -> None:
        """Conditional writes need a version: each record has one."""
        ref = await lab.user_create()
        require((await lab.fetch(ref)).version is not None, "fetch gives no version")
        require((await lab.pull()).records[ref].version is not None, "a listing gives no version")

    @check(writes)
    async def test_the_present_version_is_accepted(self, lab: Lab) -> None:
        """Two updates in a row, each expecting what the one before left, are both done."""
        record = await lab.fetch(await lab.user_create())
        await lab.done(lab.update(record, lab.word()))
        await lab.done(lab.update(await lab.fetch(record.ref), word := lab.word()))
        require(await lab.truth_of(record.ref) == word, "the second update is not there")

    @check(writes)
    async def test_an_update_without_expectation(self, lab: Lab) -> None:
        """An update that names no version is done: not every version is known."""
        record = await lab.fetch(await lab.user_create())
        bare = NativeRecord(record.ref, record.data)
        await lab.done(lab.update(bare, word := lab.word()))
        require(await lab.truth_of(record.ref) == word, "the update is not there")


async def _edited(lab: Lab, word: str) -> NativeRecord:
    """A record as it was before a user's last edit."""
    record = await lab.fetch(await lab.user_create())
    await lab.user_edit(record.ref, word)
    return record
