"""hub matches weigh: pairs that Splink proposes wait beside the others, and nothing is joined by it."""

from __future__ import annotations

import subprocess
import sys

from cli_support import Place, person

from hub.rules.matching import match
from hub.testing.people import make_people


def filled(place: Place) -> None:
    """Two systems with invented people in common; one of them stands there with slips in both names."""
    known = make_people(7, 300, 10).spread(("crm", "mail"))
    for system, some in known.items():
        world = place.crm if system == "crm" else place.mail
        for p in some:
            if match.profile(p).kind != "org":
                world.user_create(person(p.get("name.given") or "", p.get("name.family") or "", *(p.get("emails") or {}),
                                         birthday=p.get("birthday")))
    place.crm.user_create(person("Riitta", "Kallio", "riitta.kallio@example.org"))
    place.mail.user_create(person("Riitta Ulla", "Kalliio", "riitta.kallio@example.org"))


def test_what_it_finds_waits_and_is_asked_once(place: Place) -> None:
    filled(place)
    place.json("plan")
    before = place.json("matches", "list")
    told = place.json("matches", "weigh")
    after = place.json("matches", "list")
    new = [m for m in after if m not in before]
    assert [m for m in before if m not in after] == []
    assert sum(told["causes"].values()) == len(new) > 0
    assert {(m["tier"], m["cause"].split(":")[-1].split("+")[0]) for m in new} == {("likely", "weighed")}
    assert all(m["reasons"][0].startswith("weighed by Splink, all together (+") for m in new)
    assert "Riitta Kallio" in {r["name"] for m in after for r in m["records"]}
    assert place.json("matches", "weigh") == {"causes": {}}
    assert "Nothing new" in place.run("matches", "weigh").out
    assert place.json("matches", "reject", *told["causes"])["pairs"] == len(new)
    place.json("plan")
    assert not told["causes"].keys() & place.json("matches", "weigh", "--unlike")["causes"].keys()


def test_too_few_people_are_told_so(place: Place) -> None:
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    place.json("plan")
    ran = place.run("matches", "weigh")
    assert (ran.code, ran.out) == (2, "")
    assert "It takes 200 records of people; there are 1." in ran.err


def test_nothing_else_loads_splink(place: Place) -> None:
    code = (f"import sys; sys.argv = ['hub', '-C', {str(place.folder)!r}, 'status']\nfrom hub.cli import main\n"
            "try: main()\nexcept SystemExit: pass\nprint(sorted({'splink', 'duckdb', 'pyarrow'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines()[-1] == "[]"
