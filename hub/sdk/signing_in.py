"""Systems a person signs in to in a browser: where what the hub receives is kept, and how the sign-in goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable


class SecretStore(Protocol):
    """Keeps one secret that the system itself replaces now and then, such as a refresh token."""

    def read(self) -> str:
        """The newest one; "" when there is none."""
        ...

    def write(self, secret: str) -> None:
        """Keep it in the place of the one before, whole or not at all. It is on the disk when this returns; the connector
        uses what came with it only then."""
        ...


@runtime_checkable
class SupportsSignIn(Protocol):
    """The system can be signed in to by a person. The hub calls ``keep_in`` before anything else."""

    @property
    def signs_in(self) -> bool:
        """As it is configured, a person has to sign in."""
        ...

    def keep_in(self, store: SecretStore) -> None: ...

    async def sign_in(self, tell: Callable[[str], None]) -> str:
        """Wait until the person has signed in; ``tell`` shows what to do where. Gives who it was. Raises AuthFailed with the
        cure when they did not."""
        ...
