"""Who may be one, weighed by Splink: for large first joins of lists that share neither addresses nor birth dates throughout.

Optional: ``pip install "contact-hub[match]"``. Nothing else of the hub knows Splink, DuckDB or Arrow.
"""
