"""Pytest puts this folder on the path of imports, as an installed distribution would be."""
