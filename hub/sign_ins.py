"""Sign-ins of people to systems: the secret a system replaces now and then, in ``secrets/NAME-sign-in.sealed``, sealed with the
workspace's master key and written before what came with it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.errors import Misconfigured
from hub.sdk.connector import Connector
from hub.sdk.signing_in import SupportsSignIn
from hub.sealed import seal, sealed_file
from hub.store.seal import SealBroken, open_secret
from hub.workspace import master_key


@dataclass(frozen=True, slots=True)
class SealedStore:
    """Keeps the sign-in of one system. Its errors are of that system alone: Misconfigured with the cure."""

    workspace: Path
    system: str

    @property
    def name(self) -> str:
        return f"{self.system}-sign-in"

    @property
    def path(self) -> Path:
        return sealed_file(self.workspace, self.name)

    def read(self) -> str:
        """The secret; "" when nobody has signed in."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise Misconfigured(f"{self.system}: {self.path} cannot be read ({error.strerror}). See that the account the hub "
                                "runs as may read it.") from None
        try:
            return open_secret(master_key(self.workspace), self.name, content)
        except SealBroken:
            raise Misconfigured(f"{self.system}: the kept sign-in does not open: another master key sealed it, or its file was "
                                f"changed. Put the key back that belongs to it, or run `hub sign-in {self.system}`.") from None

    def write(self, secret: str) -> None:
        """Replace the secret, whole or not at all; it is on the disk when this returns."""
        try:
            seal(self.workspace, master_key(self.workspace), self.name, secret)
        except OSError as error:
            raise Misconfigured(f"{self.system}: the new sign-in cannot be kept in {self.path.parent} ({error.strerror}). Make "
                                "room, or see that the hub may write there; the old one is still in place.") from None


def keep_sign_ins(connectors: Mapping[str, Connector], workspace: Path) -> None:
    """Give those that people sign in to a place to keep it."""
    for name, connector in connectors.items():
        if isinstance(connector, SupportsSignIn) and connector.signs_in:
            connector.keep_in(SealedStore(workspace, name))
