"""contact-hub keeps an organisation's people and organisations the same in every system it already uses."""

__version__ = "0.1.0"
