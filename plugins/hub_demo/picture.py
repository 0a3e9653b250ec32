"""README's picture: the plot of an overlap page as a file of its own, with counts and names of lists, and nobody's name.

``python -m hub_demo.picture overlap.html docs/overlap.svg``
"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path
from xml.etree import ElementTree as Xml

from hub.errors import UsageError

SVG = "http://www.w3.org/2000/svg"
MARGIN, LINE = 14, 18
LETTERS = 82
"""In a line of the sentence above the plot."""
_RULES = re.compile(r"^(?:svg text|\.bar|\.dot) \{.*$", re.MULTILINE)
_LEAD = ".lead { font-size: 13px; } .head { font-size: 17px; font-weight: 600; }"


def picture(page: str) -> str:
    """The plot of a page that ``hub overlap`` wrote, with its title, its sentence and its key. Raises UsageError."""
    found = re.search(r"<svg .*?</svg>", page, re.DOTALL)
    if found is None:
        raise UsageError("The page has no plot: it takes lists in two files or more.")
    plot = Xml.fromstring(found[0])  # noqa: S314  (a page of our own)
    width, height = (float(length) for length in plot.attrib["viewBox"].split()[2:])
    head, lead, key = _text(page, "h1"), _text(page, "p", "lead"), re.findall(r"</i>([^<]+)", page)
    out = Xml.Element("svg", {"xmlns": SVG, "role": "img", "aria-label": lead})
    Xml.SubElement(out, "style").text = "\n".join([*_RULES.findall(page), _LEAD])
    ground = Xml.SubElement(out, "rect", {"fill": "#ffffff", "rx": "6"})
    y = MARGIN + LINE
    _write(out, 0, y, head, "head")
    for line in textwrap.wrap(lead, LETTERS):
        y += LINE
        _write(out, 0, y, line, "lead")
    y += LINE + 6
    for place, (kind, words) in enumerate(zip(("bar", "pale"), key, strict=True)):
        square = {"x": str(MARGIN + 90 * place), "y": str(y - 10), "width": "11", "height": "11"}
        Xml.SubElement(out, "rect", {"class": kind, **square})
        _write(out, 16 + 90 * place, y, words)
    drawn = Xml.SubElement(out, "g", {"transform": f"translate({MARGIN} {y + 6})"})
    drawn.extend(plot)
    size = {"width": f"{width + 2 * MARGIN:g}", "height": f"{y + 6 + height + MARGIN:g}"}
    ground.attrib |= size
    out.attrib |= {"viewBox": f"0 0 {size['width']} {size['height']}", **size}
    return Xml.tostring(out, encoding="unicode") + "\n"


def _text(page: str, tag: str, kind: str = "") -> str:
    mark = f'<{tag} class="{kind}">' if kind else f"<{tag}>"
    return page.split(mark, 1)[1].split(f"</{tag}>", 1)[0].strip()


def _write(out: Xml.Element, x: int, y: int, words: str, kind: str = "") -> None:
    Xml.SubElement(out, "text", {"x": str(MARGIN + x), "y": str(y), **({"class": kind} if kind else {})}).text = words


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(picture(source.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
