"""Radicale as it is, but without waiting for the disk after every card: the demo's data may be lost.

``python -m hub_demo.radicale_unsynced --config FILE``: the arguments of ``python -m radicale``. The setting is
Radicale's own; only its tests can reach it from outside.
"""

from __future__ import annotations


def run() -> None:
    from radicale import __main__, config

    setting = config.DEFAULT_CONFIG_SCHEMA["storage"].get("_filesystem_fsync")
    if setting is not None:
        setting["value"] = "False"
    __main__.run()


if __name__ == "__main__":
    run()
