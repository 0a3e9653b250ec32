"""Sealed secrets open with the workspace's master key alone, and a lost key is told, never made anew."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from hub.errors import ConfigError, StoreError
from hub.sealed import seal, sealed_file, sealed_secret
from hub.secrets import SecretRefused, resolve_secrets
from hub.store.store import Store, sqlite_url
from hub.workspace import KEY_FILE, master_key, needs_its_key, open_store

CANARY = "kanarie" + "-7f3a"
NAME = "crm-api_key"


class Settings(BaseModel):
    key: SecretStr


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    seal(tmp_path, master_key(tmp_path), NAME, CANARY)
    return tmp_path


def key_of(workspace: Path) -> Path:
    return workspace / "secrets" / KEY_FILE


def quiet(error: BaseException) -> str:
    """Its text; nothing of it or of what led to it shows the secret."""
    assert "narie" not in "".join(traceback.format_exception(error))
    return str(error)


def test_a_sealed_secret_comes_back(workspace: Path) -> None:
    assert sealed_secret(workspace, NAME) == CANARY
    assert CANARY.encode() not in sealed_file(workspace, NAME).read_bytes()
    settings = Settings.model_validate(resolve_secrets({"key": {"sealed": NAME}}, Settings, workspace))
    assert settings.key.get_secret_value() == CANARY


def test_the_same_secret_never_looks_the_same(workspace: Path) -> None:
    before = sealed_file(workspace, NAME).read_bytes()
    seal(workspace, master_key(workspace), NAME, CANARY)
    assert sealed_file(workspace, NAME).read_bytes() != before


def test_it_opens_under_its_own_name_only(workspace: Path) -> None:
    sealed_file(workspace, NAME).rename(sealed_file(workspace, "other"))
    with pytest.raises(ConfigError, match="does not open") as refused:
        sealed_secret(workspace, "other")
    assert "--again" in quiet(refused.value)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 60])
def test_a_changed_file_does_not_open(workspace: Path, content: bytes) -> None:
    sealed_file(workspace, NAME).write_bytes(content)
    with pytest.raises(ConfigError, match=r"does not open.*its file was changed.*--again"):
        sealed_secret(workspace, NAME)


def test_with_another_key_the_cure_is_told(workspace: Path) -> None:
    key_of(workspace).write_bytes(bytes(32))
    with pytest.raises(SecretRefused, match=r"^key: A sealed secret does not open.*Put the master key back") as refused:
        resolve_secrets({"key": {"sealed": NAME}}, Settings, workspace)
    quiet(refused.value)


@pytest.mark.fault("X23", guard="hub.sealed:sealed_file")
@pytest.mark.parametrize("name", ["../config/hub", "a/b", "", ".", f"{CANARY} or so", "x" * 200])
def test_a_name_leads_nowhere_else_and_is_not_quoted(workspace: Path, name: str) -> None:
    with pytest.raises(ConfigError) as refused:
        sealed_secret(workspace, name)
    assert "no name of a sealed secret" in quiet(refused.value)


def test_a_secret_that_is_not_there(workspace: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read from secrets/.*--again") as refused:
        sealed_secret(workspace, CANARY)
    quiet(refused.value)


# ---- the key

def test_a_lost_key_is_not_made_anew_while_a_secret_is_sealed_with_it(workspace: Path) -> None:
    key_of(workspace).unlink()
    for ask in (lambda: sealed_secret(workspace, NAME), lambda: master_key(workspace), lambda: open_store(workspace)):
        with pytest.raises(StoreError, match=r"master\.key is missing.*no new key was made: put the file back"):
            ask()
    assert not key_of(workspace).exists()
    sealed_file(workspace, NAME).unlink()
    assert len(master_key(workspace)) == 32


def test_nor_for_a_database_that_is_kept_elsewhere(tmp_path: Path) -> None:
    """As a PostgreSQL server's: it is not in state/, so nothing in the workspace tells that the key is in use."""
    workspace, url = tmp_path / "hub", sqlite_url(tmp_path / "elsewhere.db")
    assert not needs_its_key(workspace, url)
    assert not (tmp_path / "elsewhere.db").exists()
    open_store(workspace, url).close()
    assert not (workspace / "state" / "hub.db").exists()
    key = key_of(workspace).read_bytes()
    key_of(workspace).unlink()
    with pytest.raises(StoreError, match=r"master\.key is missing.*no new key was made"):
        open_store(workspace, url)
    assert not key_of(workspace).exists()
    key_of(workspace).write_bytes(key)
    open_store(workspace, url).close()


def test_a_database_elsewhere_that_is_not_used_yet_gets_a_new_key(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "elsewhere.db")
    (tmp_path / "elsewhere.db").touch()
    open_store(tmp_path / "hub", url).close()
    Store.open(url, key_of(tmp_path / "hub").read_bytes()).close()


def test_a_database_elsewhere_that_cannot_be_asked_stops_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        master_key(tmp_path / "hub", sqlite_url(tmp_path))  # a folder
    assert not key_of(tmp_path / "hub").exists()
