"""Was it our write alone that a record shows which was read after it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.model.record import Native


def as_sent(read: Native, patch: Native, before: Native) -> bool:
    """Does it show what was sent, and all else as it stood ``before`` (without what moves with every write)? A connector that
    reads a record back claims its version only then: else somebody may have typed between the write and the reading, and without
    a version the hub compares with what it sent. Rows have what the patch says of them, and may have more, such as an id."""
    return all(_shows(read.get(name), sent) for name, sent in patch.items()) and all(
        read.get(name) == stood for name, stood in before.items() if name not in patch)


def _shows(there: Any, sent: Any) -> bool:
    if isinstance(sent, Mapping):
        return isinstance(there, Mapping) and all(_shows(there.get(name), value) for name, value in sent.items())
    if isinstance(sent, Sequence) and not isinstance(sent, str):
        return isinstance(there, Sequence) and len(there) == len(sent) and all(
            any(_shows(each, wanted) for each in there) for wanted in sent)
    if {type(there), type(sent)} == {int, str}:  # an id is a number in one place and a text in the other
        return str(there) == str(sent)
    return there == sent or (there in (None, "") and sent in (None, ""))
