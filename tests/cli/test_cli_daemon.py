"""The daemon: turns, trouble that stays alone, changed files, backups, and an end that leaves nothing half done."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import cli_memory
import pytest
from cli_support import CONFIG, Place, person
from daemon_story import DAY, HOUR, MINUTE, Story
from test_cli_story import met

from hub.app import Hub
from hub.backup import making
from hub.daemon import standing
from hub.errors import AuthFailed, StoreFull, Throttled, Transient

TURNS = CONFIG.replace('kind = "shelf"\n[systems.crm.s', 'kind = "shelf"\nevery = "10m"\n[systems.crm.s').replace(
    'kind = "shelf"\n[systems.mail.s', 'kind = "shelf"\nevery = "1h"\n[systems.mail.s')
HOURLY = TURNS.replace('"10m"', '"1h"')
if sys.platform == "win32":
    NEW_GROUP, TERMINATE = subprocess.CREATE_NEW_PROCESS_GROUP, signal.CTRL_BREAK_EVENT
else:
    NEW_GROUP, TERMINATE = 0, signal.SIGTERM


@pytest.fixture
def story(place: Place, monkeypatch: pytest.MonkeyPatch) -> Story:
    place.write(TURNS)
    return Story(place, monkeypatch)


def test_each_system_has_its_turn(story: Story) -> None:
    story.run(2 * HOUR + MINUTE)
    assert story.asked["crm"] == [n * 10 * MINUTE for n in range(13)]
    assert story.asked["mail"] == [0, HOUR, 2 * HOUR]


def test_fifteen_minutes_where_the_config_says_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(place, monkeypatch)
    story.run(HOUR)
    assert story.asked["crm"] == story.asked["mail"] == [0, 900, 1800, 2700]


@pytest.mark.parametrize("said", ['"5"', '"soon"', '"9s"', '"-1m"', '"1.5h"', "15", '""'])
def test_an_interval_that_is_none_is_told_with_its_line(place: Place, said: str) -> None:
    place.write(TURNS.replace('"10m"', said))
    ran = place.run("daemon", "--once")
    assert ran.code == 2
    assert "hub.toml:5: systems.crm.every: this must be" in ran.err


def test_it_writes_what_is_approved_when_the_turn_of_that_system_has_come(story: Story) -> None:
    met(story.place)
    there = story.place.mail
    seen: dict[str, int] = {}
    story.at(5 * MINUTE, lambda: story.place.crm.user_create(person("Cy", "Dahl", "cy@example.org")))
    for minute in (15, 59, 61):
        story.at(minute * MINUTE, lambda minute=minute: seen.setdefault(f"{minute}", len(there.records())))  # type: ignore[misc]
    story.run(70 * MINUTE)
    assert seen == {"15": 2, "59": 2, "61": 3}
    assert story.said("1 created") == 1
    assert {(r["kind"], r["state"]) for r in story.place.json("runs", "-n", "6")} == {("daemon", "done")}
    assert story.place.json("sync")["counts"]["writes"] == 0


def test_it_approves_nothing(story: Story) -> None:
    story.place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    story.run(3 * HOUR)
    assert story.place.mail.records() == {}
    assert story.said("Some writes wait for you (mail: no plan that names this system was approved yet)") == 1
    assert story.place.json("status")["writes_waiting"] == {"mail create": 1}
    assert story.place.json("sync", "--approve")["counts"]["created"] == 1
    record = next(iter(story.place.crm.records()))
    story.place.crm.user_delete(record)
    story.run(HOUR)
    assert len(story.place.mail.records()) == 1


@pytest.mark.fault("N6", guard="hub.daemon.schedule:wait_s")
def test_a_system_that_is_down_is_asked_less_often_and_alone(story: Story) -> None:
    met(story.place)
    story.place.write(HOURLY)
    story.asked["mail"].clear()
    story.asked["crm"].clear()
    story.at(30 * MINUTE, lambda: story.troubles.update(mail=Transient("mail: it does not answer.")))
    stands = story.aside(100 * MINUTE, lambda: story.place.json("status")["daemon"])
    said = story.aside(100 * MINUTE, lambda: story.place.run("status").out)
    story.at(5 * HOUR, story.troubles.clear)
    story.at(5 * HOUR, lambda: story.place.crm.user_create(person("Cy", "Dahl", "cy@example.org")))
    story.run(8 * HOUR)
    assert story.asked["crm"] == [n * HOUR for n in range(8)]
    waits = [1, 2, 4, 8, 16, 32, 64, 128]
    tried = [60 + sum(waits[:n]) for n in range(len(waits) + 1)]
    assert [round(t / MINUTE) for t in story.asked["mail"]] == [0, *tried, 360, 420]
    (there,) = stands
    assert (there["running"], there["systems"]["crm"]["trouble"]) == (True, "")
    assert there["systems"]["mail"]["trouble"] == "mail: it does not answer."
    assert (there["systems"]["mail"]["failures"], there["systems"]["mail"]["since"]) == (6, story.began + HOUR)
    assert "mail is in trouble since" in said[0]
    assert "(6 tries, the next at" in said[0]
    assert "Daemon: runs since" in said[0]
    assert story.said("Trouble: mail: it does not answer.") == 1
    assert story.said("mail is back after 8 tries.") == 1
    assert "Cy" in story.place.given(story.place.mail)
    assert story.place.json("status")["daemon"]["running"] is False


def test_a_system_that_is_set_aside_is_told_once_and_when_it_is_over(story: Story) -> None:
    there = story.place.mail
    for number in range(12):
        story.place.crm.user_create(person(f"P{number}", "Ek", f"p{number}@example.org"))
    story.place.json("sync", "--approve")
    gone = list(there.records())
    story.at(90 * MINUTE, lambda: [there.user_delete(record) for record in gone])
    story.at(4 * HOUR + MINUTE, lambda: [there.user_restore(record) for record in gone])
    story.run(7 * HOUR)
    assert story.said("Set aside: mail: 12 of 12 records are gone. Look there.") == 1
    assert story.said("`hub sync --accept mail`") == 1
    assert story.said("mail is not set aside any more.") == 1
    assert len(story.place.crm.records()) == 12


@pytest.mark.parametrize(("trouble", "tries"), [
    (AuthFailed("mail: the password is wrong."), [0, 60, 180]),
    (Throttled("mail: too many requests.", 5 * HOUR), [0, 300]),
])
def test_a_wrong_password_is_not_tried_often_and_who_asks_to_wait_is_obeyed(
    story: Story, trouble: Exception, tries: list[int]
) -> None:
    story.place.write(HOURLY)
    story.troubles["mail"] = trouble
    story.run(6 * HOUR)
    assert [round(t / MINUTE) for t in story.asked["mail"]] == tries
    assert len(story.asked["crm"]) == 6


def test_who_is_in_trouble_is_tried_at_once_when_a_secret_changes(story: Story) -> None:
    story.place.write(TURNS.replace('world = "mail"', 'world = "mail"\nkey = { file = "secrets/mail" }'))
    secret = story.place.folder / "secrets" / "mail"
    secret.parent.mkdir()
    secret.write_text("wrong", encoding="utf-8")
    secret.chmod(0o600)
    story.troubles["mail"] = AuthFailed("mail: the password is wrong.")
    story.at(20 * MINUTE, lambda: secret.write_text("right one", encoding="utf-8"))
    story.at(20 * MINUTE, story.troubles.clear)
    story.run(HOUR)
    assert [round(t / MINUTE) for t in story.asked["mail"]] == [0, 20]
    assert story.said("mail is back") == 1


def test_changed_files_are_read_again_and_broken_ones_are_told(story: Story) -> None:
    place, stands = story.place, []
    met(place)
    story.asked["crm"].clear()
    story.at(15 * MINUTE, lambda: place.write(TURNS.replace("[systems.crm]", "[systems.crm")))
    story.at(45 * MINUTE, lambda: stands.append(json.loads(
        (place.folder / "state" / "daemon.json").read_text(encoding="utf-8"))))
    story.at(50 * MINUTE, lambda: place.write(TURNS.replace('"10m"', '"30m"')))
    story.run(3 * HOUR)
    assert [round(t / MINUTE) for t in story.asked["crm"]] == [0, 10, 20, 30, 40, 50, 60, 90, 120, 150]
    assert "hub.toml" in stands[0]["config_trouble"]
    assert story.said("The changed configuration cannot be used; the one before counts.") == 1
    assert story.said("Read the changed configuration: crm every 30m, mail every 1h.") == 1
    assert place.json("status")["daemon"]["config_trouble"] == ""


def test_a_changed_mapping_counts_from_the_next_cycle_and_asks_for_approval_again(story: Story) -> None:
    place = story.place
    met(place)
    own = place.folder / "mappings" / "mail.toml"
    own.parent.mkdir()
    mapping = cli_memory.MAPPING.read_text(encoding="utf-8")
    fewer = mapping.replace('[contact.fields."notes"]\nat = "notes"\n', "")
    story.at(5 * MINUTE, lambda: own.write_text(fewer, encoding="utf-8"))
    story.at(6 * MINUTE, lambda: place.crm.user_create(person("Cy", "Dahl", "cy@example.org")))
    story.run(2 * HOUR)
    assert len(place.mail.records()) == 2
    assert story.said("mail: no plan that names this system was approved yet") == 1


def test_a_database_that_moved_needs_a_new_start(story: Story, tmp_path: Path) -> None:
    far = f'quiet_s = 0\ndatabase = "sqlite:///{(tmp_path / "far.db").as_posix()}"'
    story.at(5 * MINUTE, lambda: story.place.write(TURNS.replace("quiet_s = 0", far)))
    story.run(HOUR)
    assert story.said("needs a new start") == 1
    assert len(story.asked["crm"]) == 6
    assert not (tmp_path / "far.db").exists()


def test_it_waits_while_somebody_syncs_by_hand(story: Story) -> None:
    other = Hub.open(story.place.folder, clock=story.now)
    story.at(9 * MINUTE, other._lease)
    said = story.aside(11 * MINUTE, lambda: story.place.run("status").out)
    story.at(11 * MINUTE, other._give_back)
    story.run(30 * MINUTE)
    other.store.close()
    assert [round(t / MINUTE) for t in story.asked["crm"]] == [0, 11, 20]
    assert "The daemon waits: Another run holds this workspace" in said[0]
    assert story.said("Trouble") == 0


def test_between_cycles_the_workspace_is_free(story: Story) -> None:
    ran = story.aside(5 * MINUTE, lambda: story.place.run("sync").code)
    story.run(20 * MINUTE)
    assert ran == [0]


def test_one_daemon_for_a_workspace(story: Story) -> None:
    second = story.aside(5 * MINUTE, lambda: story.place.run("daemon"))
    story.run(20 * MINUTE)
    assert second[0].code == 2
    assert "This workspace has a daemon already" in second[0].err
    assert not standing.runs(story.place.folder)


def test_a_backup_a_day_and_fourteen_are_kept(story: Story) -> None:
    story.place.write(TURNS.replace('"10m"', '"1d"').replace('"1h"', '"1d"'))
    story.run(20 * DAY - HOUR, look_s=HOUR)
    kept = making.backups(story.place.folder / "backups")
    assert len(kept) == making.KEPT == 14
    days = {datetime.fromtimestamp(story.began + n * DAY, UTC).strftime("%Y%m%d") for n in range(6, 20)}
    assert {p.name.split("-")[2] for p in kept} == days
    assert story.said("Backed up into") == 20


def test_a_backup_by_hand_counts_for_the_day(story: Story) -> None:
    story.place.write(TURNS.replace('"10m"', '"6h"').replace('"1h"', '"6h"'))
    story.at(20 * HOUR, lambda: story.daemon and story.daemon.hub.backup())
    story.run(30 * HOUR, look_s=HOUR)
    assert story.said("Backed up into") == 1
    assert len(making.backups(story.place.folder / "backups")) == 2


def test_a_backup_that_cannot_be_made_stops_nothing_and_is_told(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise StoreFull("The backup cannot be written: no room.")

    make = making.make_backup
    monkeypatch.setattr(making, "make_backup", full)
    story.place.write(HOURLY)
    told = story.aside(HOUR, lambda: story.place.run("status").out)
    story.at(2 * HOUR, lambda: monkeypatch.setattr(making, "make_backup", make))
    story.run(6 * HOUR)
    assert "No backup could be made: The backup cannot be written: no room." in told[0]
    assert len(story.asked["crm"]) == 6
    assert story.said("no room") == 1
    assert story.said("Backed up into") == 1


def test_a_bug_of_ours_is_told_and_logged_and_it_goes_on(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = Hub.sync

    async def broken(self: Hub, **given: Any) -> Any:
        if story.passed < HOUR:
            raise ZeroDivisionError("anna@example.org")
        return await sync(self, **given)

    monkeypatch.setattr(Hub, "sync", broken)
    story.run(3 * HOUR)
    assert story.said("Something unexpected happened (ZeroDivisionError)") == 1
    assert story.said("The trouble is over") == 1
    assert not any("anna" in line for line in story.lines)
    assert 8 < len(story.asked["crm"]) < 13


def test_a_restored_workspace_waits_for_its_confirmation(story: Story) -> None:
    (story.place.folder / "state").mkdir()
    place = story.place
    met(place)
    file = place.json("backup")["file"]
    there = Place(place.folder.parent / "again", place.crm, place.mail)
    place.json("restore", file, str(there.folder), "--key", str(place.folder / "secrets" / "master.key"))
    story.place = there
    story.aside(HOUR, lambda: there.json("restore", "--confirm"))
    story.asked["crm"].clear()
    story.run(2 * HOUR)
    assert story.said("Trouble: This workspace was restored") == 1
    assert HOUR <= story.asked["crm"][0] <= HOUR + 15 * MINUTE


@pytest.mark.fault("C2", guard="hub.daemon.schedule:Schedule.was_set_back")
def test_a_clock_that_is_set_back_stops_nothing(story: Story) -> None:
    story.at(2 * HOUR, lambda: story.turn(-HOUR))
    story.run(3 * HOUR)
    assert len(list(groupby(story.asked["crm"]))) > 22  # turns; an empty system is read twice in each


@pytest.mark.fault("S11", guard="hub.engine.together:unbroken")
def test_told_to_stop_it_finishes_the_batch_and_notes_its_answer(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signals come while a system is being written to: what was sent is answered for, nothing more is sent."""
    place = story.place
    met(place)
    for number in range(5):
        place.crm.user_create(person(f"P{number}", "Ek", f"p{number}@example.org"))
    write, batches = cli_memory.Shelf.write, []

    async def told(self: Any, entity: str, batch: Sequence[Any]) -> Any:
        batches.append(len(batch))
        signal.raise_signal(signal.SIGTERM)
        for _ in range(20):
            await asyncio.sleep(0)
        return await write(self, entity, batch)

    monkeypatch.setattr("hub.engine.push.SINGLE", 2)
    monkeypatch.setattr(cli_memory.Shelf, "write", told)
    ran = place.run("daemon")
    assert ran.code == 0
    assert "Stopping: what was begun is finished first" in ran.err
    assert batches == [2]
    assert len(place.mail.records()) == 4
    stands = place.json("status")
    assert (stands["unknown_outcomes"], stands["last_run"]["state"]) == (0, "stopped")
    assert stands["daemon"]["running"] is False
    monkeypatch.setattr(cli_memory.Shelf, "write", write)
    assert place.json("sync")["counts"]["created"] == 3
    assert place.json("sync")["counts"]["writes"] == 0


def test_once_is_one_cycle_and_the_days_backup(story: Story) -> None:
    place = story.place
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    ran = place.run("daemon", "--once")
    assert ran.code == 3
    assert "hub sync --approve" in ran.err
    place.run("sync", "--approve")
    told = place.json("daemon", "--once")
    assert (told["state"], told["counts"]["writes"]) == ("done", 0)
    assert len(making.backups(place.folder / "backups")) == 1
    assert len(story.asked["crm"]) == len(story.asked["mail"]) == 3
    assert place.json("status")["daemon"] is None
    assert place.run("daemon", "--once", "--stop").code == 2


def test_stop_where_there_is_none(place: Place) -> None:
    assert place.json("daemon", "--stop") == {"ended": True, "was_running": False}
    place.config.unlink()
    assert place.run("daemon", "--stop").code == 2


def test_asked_by_a_file_it_stops(story: Story) -> None:
    """What --stop does, where no signal can be sent."""
    story.at(25 * MINUTE, lambda: standing.ask_to_stop(story.place.folder))
    story.run(10 * HOUR)
    assert len(story.asked["crm"]) == 3
    assert not standing.is_asked_to_stop(story.place.folder)
    story.run(25 * MINUTE)
    assert len(story.asked["crm"]) == 6


LISTS = """\
[hub]
quiet_s = 0
[systems.members]
kind = "spreadsheet"
every = "10s"
accept_unverified = true
settings = { path = "members.csv", make_key = true }
[systems.board]
kind = "spreadsheet"
accept_unverified = true
settings = { path = "board.csv", make_key = true }
"""


def test_a_process_ends_well_when_it_is_terminated(tmp_path: Path) -> None:
    """The real command over real files. SIGTERM; on Windows Ctrl-Break."""
    (tmp_path / "config").mkdir()
    members, board = tmp_path / "members.csv", tmp_path / "board.csv"
    members.write_text("First name,Last name,Email\nBo,Ek,bo@example.org\n", encoding="utf-8")
    board.write_text("First name,Last name,Email\n", encoding="utf-8")
    config = LISTS.replace("members.csv", members.as_posix()).replace("board.csv", board.as_posix())
    (tmp_path / "config" / "hub.toml").write_text(config, encoding="utf-8")
    command = [sys.executable, "-c", "from hub.cli import main; main()", "-C", str(tmp_path)]
    with subprocess.Popen([*command, "daemon"], stderr=subprocess.PIPE, encoding="utf-8", creationflags=NEW_GROUP) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if "writes wait for you" in line or "Trouble" in line:
                break
        else:
            pytest.fail("it ended by itself")
        assert "writes wait" in line, line
        running.send_signal(TERMINATE)
        rest = running.stderr.read()
        assert running.wait(60) == 0, rest
    assert "The daemon ended." in rest
    done = subprocess.run([*command, "status", "--json"], capture_output=True, encoding="utf-8", check=True)
    stands = json.loads(done.stdout)
    assert (stands["daemon"]["running"], stands["last_run"]["kind"]) == (False, "daemon")
    log = (tmp_path / "state" / "hub.log").read_text(encoding="utf-8")
    assert '"event": "cycle"' in log
    assert "Ek" not in log
    assert "bo@" not in log


def test_stop_ends_a_process(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hub.toml").write_text("", encoding="utf-8")
    command = [sys.executable, "-c", "from hub.cli import main; main()", "-C", str(tmp_path)]
    with subprocess.Popen([*command, "daemon"], stderr=subprocess.PIPE, encoding="utf-8") as running:
        assert running.stderr is not None
        assert "no system is configured yet" in running.stderr.readline()
        done = subprocess.run([*command, "daemon", "--stop", "--json"], capture_output=True, encoding="utf-8", check=True)
        assert json.loads(done.stdout) == {"ended": True, "was_running": True}
        assert running.wait(60) == 0
