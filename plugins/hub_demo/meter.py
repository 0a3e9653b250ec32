"""What a cycle has to ask for, counted in the systems themselves, and the fewest requests that takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub_demo import least
from hub_demo.association import CRM, PARTNERS, STAFF
from hub_demo.setting import Setting

BUCKETS = 256
"""Tags and relationships of so many parts of the contacts are told apart (``plugins/hub_civicrm/edges.py``)."""


@dataclass
class Meter:
    """Asked before and after each cycle; it knows how the systems were at the cycle before."""

    setting: Setting
    _ties: dict[int, frozenset[tuple[str, int]]] = field(default_factory=dict)
    _pulled_at: int | None = None
    _version: int | None = None
    _employers: dict[str, dict[str, str | None]] = field(default_factory=dict)
    _bulk_known: set[str] = field(default_factory=set)
    _reading: int = 0

    def before(self) -> None:
        """A cycle is about to pull."""
        self._reading = self._crm_pull() + self._partners_pull()
        self._employers = self.setting.partners.employers()

    def after(self, written: least.Written) -> int:
        """The cycle is over: the fewest requests it could have taken."""
        created = written.get((CRM, "create"), 0)
        others = sum(count for (name, op), count in written.items() if name == CRM and op != "create")
        return (self._reading + least.civicrm_writes(created, others) + self._partners_writes(written)
                + least.carddav(STAFF, written))

    def _crm_pull(self) -> int:
        site = self.setting.crm
        ties, before, since = site.ties(), self._ties, self._pulled_at
        self._ties, self._pulled_at = ties, site.now
        if since is None:
            return least.civicrm_pull(site.size, everything=True)
        moved = site.moved_since(since)
        stirred = {contact_id for contact_id, tied in ties.items() if tied != before.get(contact_id, frozenset())}
        if not stirred:
            return least.civicrm_pull(len(moved))
        buckets = {contact_id % BUCKETS for contact_id in stirred}
        again = sum(contact_id % BUCKETS in buckets and contact_id not in moved for contact_id in ties)
        return least.civicrm_pull(len(moved), again)

    def _partners_pull(self) -> int:
        place, since = self.setting.partners, self._version
        self._version = place.version
        return least.dynamics_pull(place.changed_since(since or 0).values(), everything=since is None)

    def _partners_writes(self, written: least.Written) -> int:
        now, before = self.setting.partners.employers(), self._employers
        created = {name: len(rows.keys() - before[name].keys()) for name, rows in now.items()}
        tied = sum(office is not None and office != before[name].get(guid) for name, rows in now.items()
                   for guid, office in rows.items())
        bulk = {name for name, count in created.items() if count >= least.BULK}
        asked, self._bulk_known = len(bulk - self._bulk_known), self._bulk_known | bulk
        others = sum(count for (name, op), count in written.items() if name == PARTNERS and op != "create")
        return least.dynamics_writes(created.values(), others, tied, asked)
