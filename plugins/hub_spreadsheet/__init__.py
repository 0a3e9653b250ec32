"""Spreadsheets as a system: CSV files and sheets of XLSX workbooks."""

from pathlib import Path

from hub.sdk import ConnectorKind, Level, hookimpl


@hookimpl
def register_connectors() -> list[ConnectorKind]:
    from hub_spreadsheet.connector import Spreadsheet

    return [
        ConnectorKind(
            kind="spreadsheet",
            title="Spreadsheets (CSV; XLSX of Excel 2007 and later, LibreOffice)",
            connector=Spreadsheet,
            mapping=Path(__file__).with_name("mapping.toml"),
            level=Level(0, against="files of openpyxl 3.1.5 and Python's csv", on="2026-11-22"),
        )
    ]
