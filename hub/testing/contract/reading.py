"""Checks of reading: full listings, pages, fetch, and what records look like."""

from __future__ import annotations

import json
from datetime import timedelta

from hub.model.record import Gone, NativeRecord
from hub.model.refs import RecordRef
from hub.testing.contract.checks import check
from hub.testing.contract.lab import ENTITY, Lab, fail, require


class Reading:
    """A system is read whole, page by page, and record by record."""

    @check()
    async def test_full_listing_has_every_record(self, lab: Lab) -> None:
        """A pull without a checkpoint gives every record there is, as its users see it."""
        refs = await lab.seed(3)
        got = await lab.pull()
        require(set(refs) <= got.records.keys(), "the listing lacks records that are there")
        for ref in refs:
            require(lab.text_of(got.records[ref].data) == await lab.truth_of(ref), "a record is listed with another text")

    @check()
    async def test_paging_gives_every_record(self, lab: Lab) -> None:
        """Records beyond the first page are listed too."""
        refs = await lab.seed(lab.many)
        got = await lab.pull()
        missing = set(refs) - got.records.keys()
        require(not missing, f"{len(missing)} of {len(refs)} records are not listed")

    @check()
    async def test_full_listing_tells_its_end_once(self, lab: Lab) -> None:
        """A full listing says that it ended, once, after everything it lists, and names itself on all its pages."""
        await lab.seed(2)
        got = await lab.pull()
        listing = [page for page in got.pages if page.listing != "none"]
        ends = [page for page in listing if page.listing == "ends"]
        require(len(ends) == 1, f"the end of the listing is told {len(ends)} times")
        require(listing[-1] is ends[0], "the listing goes on after its end")
        require(all(page.changes == [] or page.listing != "none" for page in got.pages[: got.pages.index(ends[0])]),
                "pages of a full listing do not say that they are")
        require(ends[0].listing_id and {page.listing_id for page in listing} == {ends[0].listing_id},
                "the listing has no id, or not the same on all its pages")

    @check()
    async def test_full_listing_names_its_collections(self, lab: Lab) -> None:
        """The last page of a listing names the collections it covers: only there absence means something."""
        ref = await lab.user_create()
        got = await lab.pull()
        covered = [name for page in got.pages if page.listing == "ends" for name in page.collections]
        require(ref.collection in covered, "the collection of a listed record is not named as covered")

    @check()
    async def test_two_listings_have_two_names(self, lab: Lab) -> None:
        """Each full listing has an id of its own, or absence from the second could not be told."""
        await lab.user_create()
        names = [{page.listing_id for page in (await lab.pull()).pages if page.listing == "ends"} for _ in range(2)]
        require(not names[0] & names[1], "two listings carry the same listing_id")

    @check()
    async def test_listing_without_records_ends(self, lab: Lab) -> None:
        """A listing of nothing is a listing: it ends, without an error."""
        require((await lab.pull()).ended, "a pull without a checkpoint does not end a listing")

    @check()
    async def test_checkpoint_comes_only_at_the_end(self, lab: Lab) -> None:
        """No page but the last carries a checkpoint: what follows it would be lost after a crash."""
        await lab.seed(lab.plenty)
        got = await lab.pull()
        early = [page for page in got.pages[:-1] if page.checkpoint is not None]
        require(not early, "a checkpoint is given before the last page")
        wants = lab.connector.capabilities.cursor != "none"
        require((got.checkpoint is not None) == wants, "a cursor is claimed and no checkpoint given"
                if wants else "a checkpoint is given without claiming a cursor")

    @check()
    async def test_listing_is_complete_records(self, lab: Lab) -> None:
        """A full listing gives whole records, unless it says that they are incomplete."""
        ref = await lab.user_create()
        listed, fetched = (await lab.pull()).records[ref], await lab.fetch(ref)
        missing = fetched.data.keys() - listed.data.keys()
        require(not (listed.complete and missing), f"a record said to be complete lacks {', '.join(sorted(missing))}")

    @check()
    async def test_listing_and_fetch_agree(self, lab: Lab) -> None:
        """A record has the same version and the same values, listed or fetched."""
        ref = await lab.user_create()
        listed, fetched = (await lab.pull()).records[ref], await lab.fetch(ref)
        require(listed.version == fetched.version, "the listing gives another version than fetch")
        other = [key for key, value in listed.data.items() if fetched.data.get(key) != value]
        require(not other, f"the listing gives other values than fetch: {', '.join(sorted(other))}")

    @check()
    async def test_fetch_answers_in_order(self, lab: Lab) -> None:
        """Fetch gives one answer per ref, in the order asked, present and gone mixed."""
        first, second, third = await lab.seed(3)
        nobody = RecordRef(first.system, first.collection, first.entity, await _absent(lab, second))
        asked = [third, nobody, first, third]
        answers = await lab.connector.fetch(asked)
        require([answer.ref for answer in answers] == asked, "the answers are not those asked for, in their order")
        require([isinstance(answer, Gone) for answer in answers] == [False, True, False, False],
                "a present record is said to be gone, or the other way round")

    @check()
    async def test_fetch_of_nothing_is_nothing(self, lab: Lab) -> None:
        """Fetch without refs answers nothing, and asks nothing."""
        before = lab.trouble.count("read")
        require(list(await lab.connector.fetch([])) == [], "fetch of nothing gives something")
        require(lab.trouble.count("read") == before, "fetch of nothing makes requests")

    @check()
    async def test_fetch_of_many(self, lab: Lab) -> None:
        """More records than one page are fetched in one call, all of them."""
        refs = await lab.seed(lab.plenty)
        answers = await lab.connector.fetch(refs)
        require([a.ref for a in answers if isinstance(a, NativeRecord)] == refs, "some records are not fetched")

    @check()
    async def test_refs_name_the_record(self, lab: Lab) -> None:
        """A ref names the configured system, the collection, the entity and an id that is a text."""
        await lab.user_create()
        for ref in (await lab.pull()).records:
            require(ref.system == lab.harness.system, "a ref names another system than the configured one")
            require(ref.entity == ENTITY, "a ref names another entity than the one pulled")
            require(isinstance(ref.native_id, str) and ref.native_id, "a native id is not a text, or empty")

    @check()
    async def test_records_are_json(self, lab: Lab) -> None:
        """A native record is JSON and comes back from the store as it was."""
        await lab.user_create()
        for record in (await lab.pull()).records.values():
            try:
                back = json.loads(json.dumps(record.data, ensure_ascii=False))
            except (TypeError, ValueError) as error:
                fail(f"a record is not JSON: {error}")
            require(back == record.data, "a record changes when it is stored as JSON")

    @check()
    async def test_times_are_utc(self, lab: Lab) -> None:
        """A time of modification is aware and in UTC, or not given."""
        await lab.user_create()
        for record in (await lab.pull()).records.values():
            when = record.modified_at
            require(when is None or when.utcoffset() == timedelta(0), "a time of modification is not in UTC")

    @check()
    async def test_an_edit_shows(self, lab: Lab) -> None:
        """Each edit gives the record another version (without versions: other values), however fast they follow."""
        ref = await lab.user_create()
        seen = [await lab.fetch(ref)]
        for _ in range(3):
            await lab.user_edit(ref, lab.word())
            seen.append(await lab.fetch(ref))
        marks = [record.version if record.version is not None else json.dumps(record.data) for record in seen]
        require(len(set(marks)) == len(marks), "an edit leaves the version as it was; the hub would never see it")

    @check()
    async def test_versions_rest(self, lab: Lab) -> None:
        """A record nobody touches keeps its version, and its values."""
        ref, other = await lab.seed(2)
        before = await lab.fetch(ref)
        await lab.user_edit(other, lab.word())
        after = await lab.fetch(ref)
        require(before.version == after.version and before.data == after.data, "a record changes that nobody touched")


async def _absent(lab: Lab, ref: RecordRef) -> str:
    """An id that was there."""
    await lab.user_delete(ref)
    return ref.native_id
