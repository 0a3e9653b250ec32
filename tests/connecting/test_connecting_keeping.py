"""Everything is kept or nothing: the config, the sealed secrets, the mapping."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from hub.config import read_config, settings_of
from hub.connecting import keeping
from hub.connecting.keeping import Kept, free_name, keep, keep_secrets, known, sealed_settings
from hub.errors import ConfigError, HubError, StoreError, StoreFull, UsageError
from hub.sdk.hookspecs import ConnectorKind, Level

CANARY = "kanarie" + "-7f3a"
CONFIG = "# mine\r\n[hub]\r\nregion = 'FI'  # kept\r\n"


class ShelfSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: str
    key: SecretStr
    pin: SecretStr | None = None


class Shelf:
    Settings: ClassVar[type[BaseModel]] = ShelfSettings


ANSWERS: dict[str, Any] = {"url": "https://x.example.org", "key": SecretStr(CANARY)}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "hub"
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "hub.toml").write_bytes(CONFIG.encode())
    (tmp_path / "default.toml").write_text("# the default\n[contact]\n", encoding="utf-8")
    return folder


@pytest.fixture
def kind(tmp_path: Path) -> ConnectorKind:
    return ConnectorKind("shelf", "Shelves", Shelf, tmp_path / "default.toml", Level(2))  # type: ignore[arg-type]


def files(folder: Path) -> dict[str, bytes]:
    """Every file but the key, which is made on first use."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file() and p.name != "master.key"}


def test_a_system_is_kept(workspace: Path, kind: ConnectorKind) -> None:
    kept = keep(workspace, "crm", kind, ANSWERS)
    assert kept == Kept(("crm-key",), workspace / "mappings" / "crm.toml", True)
    there = files(workspace)
    assert list(there) == ["config/hub.toml", "mappings/crm.toml", "secrets/crm-key.sealed"]
    assert there["config/hub.toml"].startswith(CONFIG.encode())
    assert there["mappings/crm.toml"].decode().endswith("# the default\n[contact]\n")
    assert [name for name, content in there.items() if CANARY.encode() in content] == []
    section = read_config(workspace).systems["crm"]
    assert section.read_only
    assert sealed_settings(section) == {"key": "crm-key"}
    settings = settings_of("crm", section.settings, ShelfSettings, workspace)
    assert settings == ShelfSettings(url="https://x.example.org", key=SecretStr(CANARY))
    if os.name == "posix":
        assert (workspace / "secrets").stat().st_mode & 0o077 == 0
        assert (workspace / "secrets" / "crm-key.sealed").stat().st_mode & 0o077 == 0


def test_two_of_one_kind_stand_beside_each_other(workspace: Path, kind: ConnectorKind) -> None:
    keep(workspace, "crm", kind, ANSWERS)
    keep(workspace, "crm-2", kind, {**ANSWERS, "key": SecretStr("another"), "pin": SecretStr("1234")})
    config = read_config(workspace)
    keys = [settings_of(n, s.settings, ShelfSettings, workspace).key.get_secret_value()  # type: ignore[attr-defined]
            for n, s in config.systems.items()]
    assert keys == [CANARY, "another"]


def test_a_mapping_that_is_there_stays(workspace: Path, kind: ConnectorKind) -> None:
    own = workspace / "mappings" / "crm.toml"
    own.parent.mkdir()
    own.write_text("# my own", encoding="utf-8")
    assert not keep(workspace, "crm", kind, ANSWERS).mapping_is_new
    assert own.read_text(encoding="utf-8") == "# my own"


@pytest.mark.parametrize("name", ["Crm", "../crm", "", "9lives", "a" * 40])
def test_names_no_system_may_have(workspace: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a system's name"):
        free_name(workspace, name)


def test_a_name_that_is_taken(workspace: Path, kind: ConnectorKind) -> None:
    keep(workspace, "crm", kind, ANSWERS)
    before = files(workspace)
    with pytest.raises(UsageError, match=r"already.*--again"):
        keep(workspace, "crm", kind, ANSWERS)
    assert files(workspace) == before


@pytest.mark.parametrize("text", ["systems = {}\n", "[systems]\n[hub]\nsystems.x = 1\n", "[[systems.crm]]\nkind = 'shelf'\n"])
def test_a_config_a_section_cannot_be_added_to(workspace: Path, kind: ConnectorKind, text: str) -> None:
    (workspace / "config" / "hub.toml").write_text(text, encoding="utf-8")
    before = files(workspace)
    with pytest.raises(ConfigError):
        keep(workspace, "crm", kind, ANSWERS)
    assert files(workspace) == before


def stop(*_: Any) -> None:
    raise KeyboardInterrupt


def full(*_: Any) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(("number", "trouble", "error"), [
    (n, *how) for n in (1, 2, 3) for how in ((stop, KeyboardInterrupt), (full, StoreFull))])
def test_whatever_comes_between_leaves_no_trace(
    workspace: Path, kind: ConnectorKind, monkeypatch: pytest.MonkeyPatch, number: int, trouble: Callable[..., None],
    error: type[BaseException],
) -> None:
    """At each of the files: the secret, the mapping, the config."""
    before, writes, whole = files(workspace), [], keeping.write_whole

    def write(path: Path, content: bytes) -> None:
        writes.append(path)
        if len(writes) == number:
            trouble()
        whole(path, content)

    monkeypatch.setattr("hub.sealed.write_whole", write)
    monkeypatch.setattr(keeping, "write_whole", write)
    with pytest.raises(error):
        keep(workspace, "crm", kind, ANSWERS)
    assert len(writes) >= number
    assert files(workspace) == before


def test_new_secrets_take_the_place_of_the_old(workspace: Path, kind: ConnectorKind, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(workspace, "crm", kind, {**ANSWERS, "pin": SecretStr("1234")})
    section = known(workspace, "crm", "shelf")
    config = (workspace / "config" / "hub.toml").read_bytes()
    sealed = sealed_settings(section)
    answers = {"key": SecretStr("new"), "pin": SecretStr("5678")}
    assert keep_secrets(workspace, sealed, answers) == ("crm-key", "crm-pin")
    settings = settings_of("crm", section.settings, ShelfSettings, workspace)
    assert settings.key.get_secret_value() == "new"  # type: ignore[attr-defined]
    assert (workspace / "config" / "hub.toml").read_bytes() == config
    before, seal = files(workspace), keeping.seal

    def halfway(folder: Path, master: bytes, name: str, secret: str) -> None:
        if name == "crm-pin":
            raise KeyboardInterrupt
        seal(folder, master, name, secret)

    monkeypatch.setattr(keeping, "seal", halfway)
    with pytest.raises(KeyboardInterrupt):
        keep_secrets(workspace, sealed, {"key": SecretStr("newer"), "pin": SecretStr("9")})
    assert files(workspace) == before


def test_again_needs_a_system_of_that_kind(workspace: Path, kind: ConnectorKind) -> None:
    with pytest.raises(UsageError, match="No system is called"):
        known(workspace, "crm", "shelf")
    keep(workspace, "crm", kind, ANSWERS)
    with pytest.raises(UsageError, match="is of the kind shelf, not other"):
        known(workspace, "crm", "other")


def test_with_a_lost_key_nothing_is_sealed_under_a_new_one(workspace: Path, kind: ConnectorKind) -> None:
    keep(workspace, "crm", kind, ANSWERS)
    (workspace / "secrets" / "master.key").unlink()
    before = files(workspace)
    for lost in (lambda: keep(workspace, "other", kind, ANSWERS), lambda: keep_secrets(workspace, {"key": "crm-key"}, ANSWERS)):
        with pytest.raises(StoreError, match=r"master\.key is missing.*no new key was made"):
            lost()
    assert files(workspace) == before
    assert not (workspace / "secrets" / "master.key").exists()


def test_a_section_whose_settings_do_not_hold_is_not_kept(workspace: Path, kind: ConnectorKind) -> None:
    before = files(workspace)
    with pytest.raises(HubError):
        keep(workspace, "crm", kind, {"url": "https://x.example.org"})
    assert files(workspace) == before


@pytest.mark.skipif(os.name != "posix", reason="links need a right of their own on Windows")
def test_a_config_that_is_a_link_stays_one(workspace: Path, kind: ConnectorKind) -> None:
    config, elsewhere = workspace / "config" / "hub.toml", workspace.parent / "mine.toml"
    config.rename(elsewhere)
    config.symlink_to(elsewhere)
    keep(workspace, "crm", kind, ANSWERS)
    assert config.is_symlink()
    assert "crm" in read_config(workspace).systems
    assert elsewhere.read_bytes().startswith(CONFIG.encode())
