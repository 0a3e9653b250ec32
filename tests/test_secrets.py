"""References to secrets are followed, secrets in plain are refused, and neither is ever quoted."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretBytes, SecretStr, ValidationError

from hub.errors import ConfigError
from hub.secrets import SecretRef, resolve_secrets

SECRET = "kanarie" + "-7f3a"
posix = pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX")


def secret_file(folder: Path, content: bytes | str = SECRET, mode: int = 0o600, name: str = "token") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def refusal(given: Any, workspace: Path = Path()) -> str:
    """The text of the ConfigError, after making sure that it keeps the secret."""
    with pytest.raises(ConfigError) as raised:
        SecretRef.model_validate(given).resolve(workspace)
    assert "narie" not in "".join(traceback.format_exception(raised.value))
    return str(raised.value)


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUB_CRM_TOKEN", SECRET + "\r\n")
    assert SecretRef(env="HUB_CRM_TOKEN").resolve(tmp_path) == SECRET


@pytest.mark.parametrize("value", [None, "", "\n"])
def test_a_variable_that_is_not_set(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("HUB_CRM_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("HUB_CRM_TOKEN", value)
    text = refusal({"env": "HUB_CRM_TOKEN"})
    assert "HUB_CRM_TOKEN is not set or empty" in text
    assert "Set it" in text


def test_a_secret_written_as_the_name_of_a_variable_is_not_quoted() -> None:
    assert "named there" in refusal({"env": SECRET})
    assert "KANARIE7F3A" not in refusal({"env": "KANARIE7F3A"})


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_from_a_file_of_the_workspace(tmp_path: Path, end: str, mark: bytes) -> None:
    secret_file(tmp_path, mark + (" sé cret\t" + end).encode())
    assert SecretRef(file="token").resolve(tmp_path) == " sé cret\t"


def test_a_path_is_relative_to_the_workspace_or_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = tmp_path / "workspace"
    (workspace / "secrets").mkdir(parents=True)
    secret_file(workspace / "secrets", "inside")
    outside = secret_file(tmp_path, "outside")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for path, secret in (("secrets/token", "inside"), ("../token", "outside"), (str(outside), "outside"), ("~/token", "outside")):
        assert SecretRef(file=path).resolve(workspace) == secret
    assert SecretRef(file="secrets/token").resolve(Path("workspace")) == "inside"


@pytest.mark.parametrize("name", [SECRET, SECRET + "\x00", f"~{SECRET}/x", ".", "x" * 5000])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    text = refusal({"file": name}, tmp_path)
    assert "cannot be read" in text
    assert str(tmp_path) in text


@pytest.mark.parametrize(("content", "why"), [(b"", "empty"), (b"\r\n", "empty"), (b"\xff\xfek\x00a\x00", "not UTF-8")])
def test_a_file_without_a_secret(tmp_path: Path, content: bytes, why: str) -> None:
    secret_file(tmp_path, content)
    assert why in refusal({"file": "token"}, tmp_path)


@posix
@pytest.mark.parametrize("mode", [0o604, 0o644, 0o666, 0o444])
def test_a_file_of_the_workspace_that_all_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    secret_file(tmp_path, mode=mode)
    text = refusal({"file": "token"}, tmp_path)
    assert "Every account of this computer can read" in text
    assert "chmod 600" in text


@posix
@pytest.mark.parametrize("mode", [0o400, 0o600, 0o640])
def test_a_file_that_only_few_may_read_is_taken(tmp_path: Path, mode: int) -> None:
    secret_file(tmp_path, mode=mode)
    assert SecretRef(file="token").resolve(tmp_path) == SECRET


@posix
def test_a_mounted_secret_that_all_may_read_is_taken_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    mounted = secret_file(tmp_path, mode=0o444)
    (workspace / "link").symlink_to(mounted)
    for path in (str(mounted), "link"):
        caplog.clear()
        assert SecretRef(file=path).resolve(workspace) == SECRET
        assert "can be read by every account" in caplog.text
        assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "given",
    [
        SECRET, "", 17, None, [SECRET], {}, {"env": SECRET, "file": SECRET}, {"keyring": SECRET}, {"env": ""}, {"file": " "},
        {"env": 7}, {"file": [SECRET]}, {"env": "A", SECRET: "x"}, {SECRET: SECRET}, True,
    ],
    ids=repr,
)  # fmt: skip
def test_all_else_is_refused_and_says_how_to_write_it(given: Any) -> None:
    text = refusal(given)
    assert '{ env = "NAME" }' in text
    assert '{ file = "secrets/NAME" }' in text


def test_a_secret_in_plain_is_to_be_changed() -> None:
    assert "written here in plain" in refusal(SECRET)
    assert "change the secret" in refusal(SECRET)


def test_no_repr_shows_where_or_what(monkeypatch: pytest.MonkeyPatch) -> None:
    for ref in (SecretRef(env=SECRET), SecretRef(file=SECRET)):
        assert SECRET not in f"{ref!r} {ref!s} {[ref]}"


def test_a_reference_does_not_change() -> None:
    with pytest.raises(ValidationError):
        SecretRef(env="A_B").env = "C_D"


class Proxy(BaseModel):
    host: str = ""
    password: SecretStr | None = None


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: str
    token: SecretStr
    old: SecretStr | None = None
    noted: Annotated[SecretStr, "a note"] = SecretStr("")
    key: SecretStr = Field(default=SecretStr(""), alias="api-key")
    pin: SecretStr = Field(default=SecretStr(""), validation_alias=AliasChoices("pin-code", "PIN"))
    raw: SecretBytes = SecretBytes(b"")
    proxy: Proxy | None = None
    proxies: list[Proxy] = []
    named: dict[str, Proxy] = {}
    tokens: list[SecretStr] = []
    by_name: dict[str, SecretStr | None] | None = None
    ref: dict[str, str] = {}


REF = {"env": "HUB_CRM_TOKEN"}


@pytest.fixture
def variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_CRM_TOKEN", SECRET)


@pytest.mark.usefixtures("variable")
def test_settings_get_their_secrets_wherever_they_are(tmp_path: Path) -> None:
    secret_file(tmp_path, "from a file")
    given = {
        "url": "https://crm.example.org", "token": REF, "old": None, "noted": {"file": "token"}, "api-key": REF, "PIN": REF,
        "raw": REF, "proxy": {"host": "h", "password": REF}, "proxies": [{"password": REF}, {"host": "h"}],
        "named": {"a": {"password": REF}}, "tokens": [REF, {"file": "token"}], "by_name": {"x": REF, "y": None}, "ref": REF,
    }  # fmt: skip
    before = repr(given)
    resolved = resolve_secrets(given, Settings, tmp_path)
    assert repr(given) == before
    assert SECRET not in repr(resolved)
    assert resolved["ref"] == REF
    settings = Settings.model_validate(resolved)
    assert settings.token.get_secret_value() == SECRET
    assert settings.noted.get_secret_value() == "from a file"
    assert settings.key == settings.pin == settings.token
    assert settings.raw.get_secret_value() == SECRET.encode()
    assert settings.proxy == settings.proxies[0].model_copy(update={"host": "h"})
    assert settings.named["a"].password == settings.token
    assert [t.get_secret_value() for t in settings.tokens] == [SECRET, "from a file"]
    assert settings.by_name == {"x": settings.token, "y": None}


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"token": SECRET}, "token"),
        ({"api-key": SECRET}, "api-key"),
        ({"pin-code": SECRET}, "pin-code"),
        ({"raw": SECRET}, "raw"),
        ({"old": SECRET}, "old"),
        ({"noted": SECRET}, "noted"),
        ({"proxy": {"password": SECRET}}, "proxy.password"),
        ({"proxies": [{}, {"password": SECRET}]}, "proxies[1].password"),
        ({"named": {"a": {"password": SECRET}}}, "named.a.password"),
        ({"tokens": [SECRET]}, "tokens[0]"),
        ({"by_name": {"x": SECRET}}, "by_name.x"),
        ({"token": {"env": "HUB_NOT_SET"}}, "token"),
        ({"token": {"file": "missing"}}, "token"),
    ],
)
def test_a_refusal_names_the_field(given: dict[str, Any], where: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        resolve_secrets(given, Settings, tmp_path)
    assert str(raised.value).startswith(f"{where}: ")
    assert SECRET not in "".join(traceback.format_exception(raised.value))
    assert raised.value.__context__ is None


def test_what_is_no_secret_stays_as_it_is(tmp_path: Path) -> None:
    given = {"url": {"env": "X_Y"}, "unknown": "x", "proxies": "no list", "named": [1], "proxy": {"host": {"file": "x"}}}
    assert resolve_secrets(given, Settings, tmp_path) == given


def test_a_resolved_secret_is_taken_as_it_is(tmp_path: Path) -> None:
    given = {"token": SecretStr(SECRET), "raw": SecretBytes(b"x")}
    assert resolve_secrets(given, Settings, tmp_path) == given


@pytest.mark.usefixtures("variable")
def test_a_later_mistake_does_not_show_the_secret(tmp_path: Path) -> None:
    resolved = resolve_secrets({"token": REF, "proxy": {"password": REF, "host": 1}}, Settings, tmp_path)
    with pytest.raises(ValidationError) as raised:
        Settings.model_validate(resolved)
    assert SECRET not in str(raised.value) + repr(raised.value)


@given(st.text(min_size=12))
def test_no_literal_is_ever_quoted(secret: str) -> None:
    with pytest.raises(ConfigError) as raised:
        resolve_secrets({"token": secret}, Settings, Path())
    assert secret not in str(raised.value)
