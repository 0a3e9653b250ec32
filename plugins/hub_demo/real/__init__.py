"""The simulation over real connectors: each history has some of them, talking to their sandboxes in this process.

Virtual time, faults on the wire, users who type into the sandboxes between our requests, crashes at requests and commits. Same
seed, same requests, byte for byte. ``python -m hub_demo.real --help``.
"""
