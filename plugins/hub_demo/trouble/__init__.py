"""``hub demo --all --trouble``: all systems at once while answers get lost, vendors ask to wait, people type into what is just
being written, and one system is down for a third of the time. At the end everything is held against what was typed."""
