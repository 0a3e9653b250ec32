"""contract: the checks every connector must pass."""

from __future__ import annotations
