"""The crash-point sweep: a scenario is played once, and each point where the hub's process could die is counted: before and after
every call to a system, before and after every commit. Then it is played again for each point, the process dies there, another one
takes over, and everything must come out as if nothing had happened.

``python -m hub.testing.crashes tests/scenarios``
"""

from hub.testing.crashes.sweep import Report, Tried, sweep

__all__ = ["Report", "Tried", "sweep"]
