"""The simulation: the real engine and store over in-memory systems, in a world made by one seed.

Virtual time, faults, users who type between our calls, crashes at every commit and call. Same seed, same trace.
``python -m hub.testing.simulation --help`` runs any number of histories.
"""

from hub.testing.simulation.history import Result, run_history

__all__ = ["Result", "run_history"]
