"""Nothing is loaded because it is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path
from typing import Any

import pytest

from hub import plugins
from hub.errors import ConfigError
from hub.sdk import hookspecs


class Installed(Distribution):
    """A distribution that brings one plugin, whose module says in ``sys.modules`` that it was loaded."""

    def __init__(self, folder: Path, name: str, point: str) -> None:
        self.folder, self.told, self.point = folder, name, point
        (folder / f"looks_like_{point}.py").write_text("raise RuntimeError('it was run')\n", encoding="utf-8")

    def read_text(self, filename: str) -> str | None:
        return f"Metadata-Version: 2.1\nName: {self.told}\nVersion: 1\n" if filename == "METADATA" else None

    def locate_file(self, path: Any) -> Any:
        return self.folder / path

    def entry(self) -> EntryPoint:
        return EntryPoint(self.point, f"looks_like_{self.point}", hookspecs.GROUP)._for(self)  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Installs one more distribution: (its name, the name of its entry point)."""
    monkeypatch.syspath_prepend(str(tmp_path))
    real = plugins.entry_points

    def install(name: str, point: str) -> None:
        monkeypatch.setattr(plugins, "entry_points", lambda group: [Installed(tmp_path, name, point).entry(), *real(group=group)])

    plugins.registry.cache_clear()
    yield install
    plugins.registry.cache_clear()


def of(found: plugins.Registry, distribution: str) -> plugins.Plugin:
    return next(p for p in found.plugins if p.distribution == distribution)


@pytest.mark.fault("P9", guard="hub.plugins:registry")
def test_a_package_with_a_name_like_ours_runs_nothing(beside: Any) -> None:
    beside("contact-hub-civicrm", "civi")
    found = plugins.registry()
    assert "looks_like_civi" not in sys.modules
    assert of(found, "contact-hub-civicrm").problem == "nobody said that it may be"
    assert "civicrm" in found.kinds
    with pytest.raises(ConfigError, match=r'plugins = \["contact-hub-civicrm"\]'):
        found.kind("civi")


def test_who_is_trusted_by_name_is_loaded(beside: Any) -> None:
    beside("Contact_Hub.Guild", "guild")
    assert "it was run" in of(plugins.registry(("contact-hub-guild",)), "Contact_Hub.Guild").problem


def test_a_name_of_the_hubs_own_is_not_taken_over(beside: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    beside("contact-hub-civicrm", "civicrm")
    monkeypatch.setenv("HUB_LOAD_PLUGINS", "civicrm")
    found = plugins.registry(("contact-hub-civicrm",))
    assert of(found, "contact-hub-civicrm").problem == "another plugin has its name"
    assert of(found, "contact-hub").problem == ""
