"""What ``hub connect`` asks a person, and where the answer is found: a mark on a connector's setting."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ask:
    """Marks a setting that a person is asked for, in the order of the fields::

        api_key: Annotated[SecretStr, Ask("API key", where="Settings, Access, Keys")] = Field(description="…")

    ``question``  a few words
    ``where``     the way to the answer through the vendor's screens, in the words that stand there; "" where the
                  description says all

    Settings without it are asked only where they have no default. A ``SecretStr`` is never shown, and kept sealed.
    """

    question: str
    where: str = ""
