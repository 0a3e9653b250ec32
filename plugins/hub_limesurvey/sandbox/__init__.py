"""A strict, stateful fake of LimeSurvey's RemoteControl 2, for tests and the demo. Imports neither connector nor api. What the
server has and this has not is refused with 501, so that nothing is tested against a guess."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from starlette.applications import Starlette

from .app import Server
from .world import PASSWORD, READER, SURVEY, USER, World

__all__ = ["PASSWORD", "READER", "SURVEY", "USER", "World", "create_app"]


def create_app(*, surveys: Iterable[int] = (SURVEY,), questions: Iterable[str] = ("city", "diet"),
               clock: Callable[[], float] = time.time) -> Starlette:
    """A site as an ASGI application, served at its root. ``surveys``: their numbers, each active, with a participant list;
    ``questions``: codes of the questions each has. Side door: ``app.state.world``."""
    world = World(tuple(surveys), tuple(questions), clock)
    app = Server(world).app()
    app.state.world = world
    app.state.settings = {"user": USER, "password": PASSWORD, "surveys": [str(each) for each in world.surveys]}
    return app
