"""Mistakes planted on purpose, of the kind that only a crash brings to light; the sweep must find each. While nobody dies, none
of them changes how a scenario ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from hub.engine import cycle, pull, push
from hub.store import inbox, plans
from hub.testing.simulation.planted import PLANTED

STORED_LATE = "intent: it is stored after the call"


@contextmanager
def _checkpoint_first() -> Iterator[None]:
    arrive = pull._arrive

    def first(store: Any, system: str, entity: str, part: Any, listing: str, checkpoint: Any, *rest: Any) -> Any:
        if checkpoint is not None:
            with store.writing() as tx:
                inbox.set_checkpoint(tx, system, entity, checkpoint)
        return arrive(store, system, entity, part, listing, checkpoint, *rest)

    with patch.object(pull, "_arrive", first):
        yield


@contextmanager
def _answer_in_two() -> Iterator[None]:
    answer = push._answer

    def in_two(store: Any, book: Any, run: Any, claimed: Any, *rest: Any) -> None:
        with store.writing() as tx:
            plans.set_intent_state(tx, {intent.id: ("answered", "done") for _, intent in claimed})
            plans.set_write_state(tx, {write.id: ("done", "") for write, _ in claimed})
        answer(store, book, run, claimed, *rest)

    with patch.object(push, "_answer", in_two):
        yield


@contextmanager
def _nobody_asks() -> Iterator[None]:
    async def recover(*_: Any) -> int:
        return 0

    with patch.object(cycle, "recover", recover):
        yield


MISTAKES: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "the intent is stored after the call": PLANTED[STORED_LATE].plant,
    "the checkpoint is committed before the inbox": _checkpoint_first,
    "an answer is committed in two parts: first the intent, then the record": _answer_in_two,
    "who takes over does not ask what became of the calls": _nobody_asks,
}
"""What is done wrong → how it is planted."""
