"""Planted bugs: each breaks one rule of ``merge.md`` or of the write protocol in one small patch. The oracle must catch all of
them; one that survives means a missing invariant, not a good engine.

``python -m hub.testing.simulation --planted`` runs each until it is caught, and tells by which history.
"""

from hub.testing.simulation.planted import existence, permits, sets, values, writing
from hub.testing.simulation.planted.plant import PLANTED, Planted, caught, clean

__all__ = ["PLANTED", "Planted", "caught", "clean", "existence", "permits", "sets", "values", "writing"]
