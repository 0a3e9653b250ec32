"""The reference page lists the checks that there are."""

from __future__ import annotations

import re
from pathlib import Path

from hub.testing.contract.suite import GROUPS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "contract-suite.md"


def test_the_page_lists_every_check() -> None:
    listed = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    checks = [test.check for group in GROUPS for test in vars(group).values() if hasattr(test, "check")]
    assert listed == [(check.name, check.sentence) for check in checks]
