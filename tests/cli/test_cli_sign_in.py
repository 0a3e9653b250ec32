"""sign-in: what it shows, what is kept, and that no kill around a replaced sign-in asks for a new one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cli_support import Ran
from click.testing import CliRunner

from hub.cli import cli
from hub.cli.serving import serving
from hub.errors import Misconfigured
from hub.plugins import registry
from hub.sign_ins import SealedStore

KIND = "outlook"
KILL = """
import os, signal, sys
from pathlib import Path
import hub.sealed, hub.sign_ins
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
whole = hub.sealed.write_whole
def then_die(path, content):
    whole(path, content)
    die()
where = sys.argv.pop(1)
if where == "received":
    hub.sealed.write_whole = die
elif where == "half kept":
    Path.replace = die
else:
    hub.sealed.write_whole = then_die
from hub.cli import main
main()
"""


@dataclass
class Office:
    """A workspace whose one system asks for a sign-in; ``identity``: the vendor's side."""

    folder: Path
    identity: Any
    person: str

    def run(self, *args: str) -> Ran:
        done = CliRunner().invoke(cli, ["-C", str(self.folder), *args], catch_exceptions=False)
        return Ran(done.exit_code, done.stdout, done.stderr)

    @property
    def kept(self) -> Path:
        return self.folder / "secrets" / "office-sign-in.sealed"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    sandbox = registry().kind(KIND).sandbox
    assert sandbox is not None
    app = sandbox()
    identity = app.state.world.identity
    person = next(iter(identity.people))
    identity.interval_s, identity.at_hand = 0, person
    made = Office(tmp_path / "hub", identity, person)
    CliRunner().invoke(cli, ["init", str(made.folder)], catch_exceptions=False)
    with serving(app) as url:
        with (made.folder / "config" / "hub.toml").open("a", encoding="utf-8") as config:
            config.write(f'\n[systems.office]\nkind = "{KIND}"\n[systems.office.settings]\nurl = "{url}"\ntenant = "common"\n'
                         f'client_id = "{app.state.settings["client_id"]}"\n')
        yield made


def test_somebody_signs_in_and_the_system_works(office: Office) -> None:
    before = office.run("check", "office")
    assert before.code == 1
    assert "hub sign-in office" in before.err
    ran = office.run("sign-in", "office", "--json")
    assert ran.code == 0, ran.err
    assert ran.data == {"system": "office", "signed_in": office.person}
    code = next(line for line in ran.err.splitlines() if "enter the code" in line)
    assert "https://microsoft.com/devicelogin" in code
    after = office.run("check", "office")
    assert after.code == 0, after.err
    assert "fine" in after.out


def test_what_is_kept_is_sealed_for_its_owner_alone_and_replaced_with_each_use(office: Office) -> None:
    office.run("sign-in", "office")
    first = office.kept.read_bytes()
    office.run("check", "office")
    assert office.kept.read_bytes() != first
    store = SealedStore(office.folder, "office")
    assert store.read() in office.identity.refreshes
    for path in office.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(token.encode() in content for token in (*office.identity.refreshes, *office.identity.accesses)), path
    if os.name == "posix":
        assert office.kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("retires_old", [False, True])
@pytest.mark.parametrize("where", ["received", "half kept", "kept and not used"])
def test_killed_around_a_replaced_sign_in_no_new_one_is_needed(office: Office, where: str, retires_old: bool) -> None:
    """``retires_old``: also where the vendor ends the old one as soon as the new one is used."""
    office.identity.retires_old = retires_old
    office.run("sign-in", "office")
    killed = subprocess.run([sys.executable, "-c", KILL, where, "-C", str(office.folder), "check", "office"],
                            capture_output=True, encoding="utf-8", timeout=60)
    assert killed.returncode == (-signal.SIGKILL if os.name == "posix" else signal.SIGTERM), killed.stderr
    for _ in range(2):
        after = office.run("check", "office")
        assert after.code == 0, after.err


def test_a_sign_in_that_does_not_open_stops_its_system_and_says_the_cure(office: Office) -> None:
    office.run("sign-in", "office")
    office.kept.write_bytes(office.kept.read_bytes()[:-1] + b"x")
    ran = office.run("check", "office")
    assert ran.code == 1
    assert "does not open" in ran.err
    assert "hub sign-in office" in ran.err
    assert office.run("sign-in", "office").code == 0
    assert office.run("check", "office").code == 0


@pytest.mark.fault("N12", guard="hub.sign_ins:SealedStore.write")
def test_a_full_disk_leaves_the_old_sign_in_in_place(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.run("sign-in", "office")
    old = office.kept.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(Misconfigured, match="the old one is still in place"):
        SealedStore(office.folder, "office").write("new")
    assert office.kept.read_bytes() == old


def test_a_declined_sign_in_keeps_nothing(office: Office) -> None:
    office.identity.people[office.person].consents = False
    ran = office.run("sign-in", "office")
    assert ran.code == 1
    assert "nobody has consented" in ran.err
    assert not office.kept.exists()


def test_who_needs_no_sign_in_is_told(office: Office) -> None:
    config = office.folder / "config" / "hub.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('tenant = "common"', 'tenant = "common"\nclient_secret = { env = "OFFICE_SECRET" }\n'
                                   f'mailboxes = ["{office.person}"]'), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("OFFICE_SECRET", "whatever")
        ran = office.run("sign-in", "office")
    assert ran.code == 2
    assert "Nobody has to sign in to office" in ran.err
    assert office.run("sign-in", "nobody").code == 2


def test_the_contract_runs_on_a_system_somebody_signed_in_to(office: Office) -> None:
    office.run("sign-in", "office")
    checks = ("check_says_who_we_are", "a_create_is_there", "our_create_is_pulled")
    ran = office.run("contract", "office", "--live", *(word for name in checks for word in ("--only", name)))
    assert ran.code == 0, ran.out + ran.err
    assert "3 passed" in ran.out
