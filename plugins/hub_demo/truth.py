"""Who is who: written by the demo, never read by the hub, and held against its links at the end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from hub.model.refs import RecordRef
from hub.testing.people import evaluate

FILE = "truth.json"
Place = tuple[str, int]
"""(system, position in what that system was filled with)"""


def write(folder: Path, truth: Mapping[Place, str], native: Mapping[Place, str]) -> None:
    """``truth``: who each record is about; ``native``: its id there. A record without an id is left out."""
    told = [[system, native[system, n], who] for (system, n), who in sorted(truth.items()) if (system, n) in native]
    (folder / FILE).write_text(json.dumps(told, ensure_ascii=False, indent=0), encoding="utf-8")


def judge(folder: Path, contacts: Iterable[Sequence[RecordRef]]) -> dict[str, int]:
    """How good the links are: pairs of records of two systems that are one and were joined (``right``) or not
    (``waiting``), and pairs joined though they are two (``wrong``). Records the hub made itself do not count."""
    who, place = {}, {}
    for number, (system, native_id, person) in enumerate(json.loads((folder / FILE).read_text(encoding="utf-8"))):
        place[system, native_id] = (system, number)
        who[system, number] = person
    known = [[place[r.system, r.native_id] for r in records if (r.system, r.native_id) in place] for records in contacts]
    return asdict(evaluate([k for k in known if k], who))
