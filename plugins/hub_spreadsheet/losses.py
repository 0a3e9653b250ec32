"""What a workbook holds that openpyxl would not write back. Such a workbook is only read.

openpyxl keeps values, formulas, styles, comments, tables, plain validations and conditional formats; of the rest it writes
what it read of it, or nothing (openpyxl.readthedocs.io, "Working with styles" and "Loading from a file": "openpyxl does
currently not read all possible items in an Excel file so shapes will be lost"). So what is not known to be kept is a loss.
"""

from __future__ import annotations

import re
import zipfile

_KEPT = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(core|app|custom)\.xml|docProps/thumbnail\.\w+|xl/workbook\.xml"
    r"|xl/_rels/workbook\.xml\.rels|xl/(styles|sharedStrings|calcChain)\.xml|xl/theme/theme\d*\.xml"
    r"|xl/worksheets/sheet[^/]*\.xml|xl/worksheets/_rels/sheet[^/]*\.xml\.rels|xl/tables/[^/]+\.xml"
    r"|xl/printerSettings/[^/]+\.bin|xl/comments/?[^/]*\.xml|xl/drawings/(vml|comments)Drawing[^/]*\.vml"
)
"""calcChain and printerSettings are not written back; spreadsheet programs make them anew without a word."""
_LOST = (
    ("xl/vbaProject", "macros"), ("xl/charts/", "charts"), ("xl/chartsheets/", "chart sheets"), ("xl/media/", "images"),
    ("xl/drawings/", "drawings"), ("xl/pivot", "pivot tables"), ("xl/externalLinks/", "links to other workbooks"),
    ("xl/slicer", "slicers"), ("xl/timeline", "timelines"), ("xl/threadedComments/", "threaded comments"),
    ("xl/persons/", "threaded comments"), ("customXml/", "custom XML (document properties)"),
    ("docMetadata/", "sensitivity labels"), ("xl/embeddings/", "embedded objects"), ("xl/ctrlProps/", "form controls"),
    ("xl/activeX/", "form controls"), ("xl/connections", "data connections"), ("xl/queryTables/", "data connections"),
    ("xl/model/", "a data model"), ("xl/richData/", "linked data types"), ("xl/metadata.xml", "dynamic arrays"),
    ("_xmlsignatures/", "signatures"), ("xl/dialogsheets/", "dialog sheets"), ("xl/macrosheets/", "macros"),
)
_ELEMENTS = {
    b"extLst": "newer kinds of formats or validations (sparklines, icon sets, lists from other sheets)",
    b"AlternateContent": "form controls",
    b"protectedRanges": "protected ranges",
    b"legacyDrawingHF": "pictures in headers or footers",
    b"dataConsolidate": "consolidations",
    b"cellWatches": "watched cells",
    b"picture": "background pictures",
    b"oleObjects": "embedded objects",
    b"controls": "form controls",
}
_FOUND = re.compile(rb"<(?:\w+:)?(" + b"|".join(_ELEMENTS) + rb")[\s/>]")


def losses(opened: zipfile.ZipFile) -> tuple[str, ...]:
    """What would be lost, in words, sorted; nothing where all is kept."""
    found: set[str] = set()
    for name in opened.namelist():
        if name.endswith("/") or _KEPT.fullmatch(name):
            continue
        if name.startswith("xl/drawings/_rels/") or (name.startswith("xl/drawings/") and b"Anchor" not in opened.read(name)):
            continue  # an empty drawing, as Google Sheets adds to every sheet; what a drawing leads to is a part of its own
        found.add(next((words for start, words in _LOST if name.startswith(start)), f"the part {name}"))
    for name in opened.namelist():
        if re.fullmatch(r"xl/worksheets/sheet[^/]*\.xml", name):
            found |= {_ELEMENTS[each] for each in _FOUND.findall(opened.read(name))}
        elif name == "xl/sharedStrings.xml" and re.search(rb"<(?:\w+:)?rPh[\s>]", opened.read(name)):
            found.add("readings above characters")
    return tuple(sorted(found))
