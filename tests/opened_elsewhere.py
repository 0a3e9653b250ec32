"""Tests that name a database of SQLite, or none, opened on another one: the same tests serve both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hub.store.store import Store

IN_MEMORY = "sqlite://"


@contextmanager
def opened_elsewhere(new: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """``Store.open`` opens what ``new`` makes: for one in memory another each time, for a file always the same."""
    real, files, stores = Store.open.__func__, dict[str, str](), list[Store]()  # type: ignore[attr-defined]

    def open_(cls: type[Store], url: str, *args: Any, **options: Any) -> Store:
        if url.startswith("sqlite"):
            if url == IN_MEMORY or url not in files:
                files[url] = new()
            url = files[url]
        stores.append(real(cls, url, *args, **options))
        return stores[-1]

    monkeypatch.setattr(Store, "open", classmethod(open_))
    yield
    for store in stores:
        store.engine.dispose()
