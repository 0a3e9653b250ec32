"""What can go wrong, the guard that meets it, and the proof that its test would notice if the guard were not there.

``tests/faults/*.toml`` has one entry a fault. ``python -m hub.testing.guards`` takes each guard away, in a process of its own and
without changing a file, and runs the tests of that fault, which must fail.
"""
