"""Servers to run against: the sandbox in process, and a real Radicale on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from carddav_support import BOOK, PASSWORD, USER, Server, run, sandbox
from radicale_server import radicale


@pytest.fixture(scope="session")
def radicale_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("radicale")


@pytest.fixture(scope="session")
def radicale_url(radicale_folder: Path) -> Iterator[str]:
    with radicale(radicale_folder, {USER: PASSWORD, "reader": PASSWORD}) as url:
        yield url


@pytest.fixture(params=["sandbox", "radicale"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """An account with one empty address book, once on each server."""
    if request.param == "sandbox":
        yield sandbox()
        return
    real = Server(request.getfixturevalue("radicale_url"))
    run(real.add_book(BOOK, "Contacts"))
    yield real
    assert run(real.send("DELETE", f"/{USER}/")).status_code == 200
