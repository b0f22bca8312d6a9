"""Every effect leaves its row: the functions of the store that write, one by one, and what a row says."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import bot.store
from bot.plan.model import UnitSeed
from bot.store import audit, drafts, dues, exemplars, occurrences, owing, people, reports, seasons, units
from bot.store.audit import Row, Wanted
from bot.store.engine import Store, Tx
from handlers.trace import ACTIONS, OBJECTS
from tests.world import plan

FOLDER = Path(bot.store.__file__).parent
NOW = datetime(2024, 2, 5, 2, 0, tzinfo=UTC)
BELOW = {"audit", "engine", "line", "once", "postgres", "prepared", "seals", "sqlite", "tables"}
"""How works reach the database, and the trace itself."""
WRITES = {"insert", "update", "delete", "insert_row", "insert_new", "insert_once", "insert_new_from", "inserting"}


def called(node: ast.AST) -> set[str]:
    """The names of what is called in it: “insert”, “audit.note”."""
    calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    plain = {one.id for one in calls if isinstance(one, ast.Name)}
    of = {
        (one.value.id, one.attr) for one in calls if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)
    }
    return plain | {f"{module}.{name}" for module, name in of}


class Module:
    """One file of the store, read as text."""

    def __init__(self, file: Path) -> None:
        self.name = file.stem
        self.tree = ast.parse(file.read_text(encoding="utf-8"))
        self.functions = {one.name: one for one in ast.walk(self.tree) if isinstance(one, ast.FunctionDef)}
        self._calls = {name: called(one) for name, one in self.functions.items()}
        self._prepared = {
            target.id
            for one in self.tree.body
            if isinstance(one, ast.Assign) and WRITES & called(one.value)
            for target in one.targets
            if isinstance(target, ast.Name)
        }

    def writes(self, name: str) -> bool:
        names = {part.id for part in ast.walk(self.functions[name]) if isinstance(part, ast.Name)}
        return bool(self._calls[name] & WRITES or self._prepared & names)

    def notes(self, name: str) -> bool:
        """Whether it notes, or calls who does; of what only this module calls, whether all that call it do."""
        noting = {one for one, calls in self._calls.items() if "audit.note" in calls}
        if name in noting or self._calls[name] & noting:
            return True
        callers = [one for one, calls in self._calls.items() if name in calls and one != name]
        return name.startswith("_") and bool(callers) and all(self._excused(one) for one in callers)

    def _excused(self, name: str) -> bool:
        return f"{self.name}.{name}" in audit.BOOKKEEPING or self.notes(name)


def modules(folder: Path) -> list[Module]:
    return [Module(file) for file in sorted(folder.glob("*.py")) if file.stem not in BELOW]


def written(folder: Path = FOLDER) -> dict[str, bool]:
    """Of each function that writes into tables, whether that is noted."""
    return {f"{m.name}.{name}": m.notes(name) for m in modules(folder) for name in m.functions if m.writes(name)}


def actions() -> set[str]:
    """Every action that is noted anywhere."""
    calls = [
        one for m in modules(FOLDER) for one in ast.walk(m.tree) if isinstance(one, ast.Call) and len(one.args) > 1
    ]
    named = [one.args[1] for one in calls if called(one) & {"audit.note", "_note"}]
    words = [str(part.value) for one in named for part in ast.walk(one) if isinstance(part, ast.Constant)]
    return {word for word in words if re.fullmatch(r"[a-z]+\.[a-z_]+", word)}


def test_whatever_writes_notes_it_or_is_bookkeeping() -> None:
    found = written()
    assert len(found) > 40, "the walk no longer sees what writes"
    silent = {name for name, notes in found.items() if not notes}
    forgotten = silent - audit.BOOKKEEPING.keys()
    assert not forgotten, f"these write and leave no row in the trace: {sorted(forgotten)}"
    assert not sorted(audit.BOOKKEEPING.keys() - silent), "listed as bookkeeping, but gone or noting by now"


def test_the_walk_sees_a_function_that_forgot(tmp_path: Path) -> None:
    (tmp_path / "nouns.py").write_text(
        "_SET = Prepared(update(noun).values(a=1))\n"
        "def one(tx):\n    tx.execute(insert(noun).values(a=1))\n"
        "def two(tx):\n    _SET.count(tx)\n"
        "def three(tx):\n    insert_row(tx, noun)\n    audit.note(tx, 'noun.made', 'noun:1')\n"
        "def four(tx):\n    tx.execute(delete(noun))\n    three(tx)\n"
        "def five(tx):\n    return tx.execute(select(noun)).all()\n"
        "def _six(tx):\n    tx.execute(update(noun))\n"
        "def seven(tx):\n    _six(tx)\n    audit.note(tx, 'noun.set', 'noun:1')\n"
        "def _eight(tx):\n    tx.execute(update(noun))\n"
        "def nine(tx):\n    _eight(tx)\n"
    )
    noted = {"one": False, "two": False, "three": True, "four": True, "_six": True, "_eight": False}
    assert written(tmp_path) == {f"nouns.{name}": notes for name, notes in noted.items()}


def test_every_action_has_its_words() -> None:
    found = actions()
    assert {"exemplar.registered", "exemplar.carried", "draft.cancelled", "unit.renamed"} <= found
    assert not sorted(found - ACTIONS.keys())


# -- what a row says -------------------------------------------------------------------------------------------------

PLAN = plan("van-ninh")
"""Of the real plan only the seasons' rows are of interest here."""


class Seeded:
    def __init__(self, store: Store) -> None:
        def begin(tx: Tx) -> None:
            seasons.begin(tx, PLAN, 2024, NOW)
            units.plant(tx, SEEDS)
            self.lan = people.add(tx, "Trần Thị Lan", 2, "officer", NOW)

        store.run(begin)
        self.store = store
        self.season, self.unit = 1, 2
        self._seen = len(self.rows())

    def rows(self) -> list[Row]:
        return self.store.run(lambda tx: audit.rows(tx, Wanted(), limit=1000))

    def new(self) -> list[Row]:
        """What was noted since the last look."""
        rows = self.rows()
        seen, self._seen = self._seen, len(rows)
        return rows[seen:]

    def do(self, work: Any) -> Any:
        def acting(tx: Tx) -> Any:
            audit.acting(tx, audit.By("telegram", self.lan, self.unit), NOW)
            return work(tx)

        return self.store.run(acting)

    def register(self, **more: Any) -> int:
        said: dict[str, Any] = {
            "season_id": self.season,
            "unit_id": self.unit,
            "subject": "tap_the",
            "award": True,
            "late": False,
        }
        made: dict[str, Any] = {**said, "name": "Đường hoa", "answers": {"name": "Đường hoa"}, "now": NOW, **more}
        return int(self.do(lambda tx: exemplars.register(tx, **made)))


SEEDS = [
    UnitSeed(code="vn", name="huyện Vạn Ninh", kind="huyen"),
    UnitSeed(code="vn.vh", name="xã Vạn Hưng", kind="xa", parent="vn"),
]


@pytest.fixture
def seeded(store: Store) -> Seeded:
    return Seeded(store)


def test_what_opens_a_season(store: Store) -> None:
    Seeded(store)
    rows = store.run(lambda tx: audit.rows(tx, Wanted()))
    assert [(r.action, r.object, r.about, r.channel, r.person) for r in rows] == [
        ("season.opened", "season:1", None, "clock", None),
        ("unit.planted", "unit:1", 1, "clock", None),
        ("person.added", "person:1", 2, "clock", None),
    ]
    assert rows[0].after == {"plan": "van-ninh", "year": 2024, "version": PLAN.version}
    assert rows[1].after == {"many": 2, "units": [1, 2]}


def test_who_acts_is_said_by_each_work(seeded: Seeded) -> None:
    seeded.register()
    (row,) = seeded.new()
    assert (row.channel, row.person, row.unit, row.at) == ("telegram", seeded.lan, 2, NOW)
    seeded.store.run(lambda tx: exemplars.stop(tx, 1))
    (row,) = seeded.new()
    assert (row.channel, row.person) == ("clock", None), "nobody said who acts: not the one before"


def test_a_work_that_fails_leaves_nothing(seeded: Seeded) -> None:
    def broken(tx: Tx) -> None:
        exemplars.stop(tx, id)
        raise RuntimeError

    id = seeded.register()
    seeded.new()
    with pytest.raises(RuntimeError):
        seeded.store.run(broken)
    assert seeded.new() == []


def test_the_life_of_an_exemplar(seeded: Seeded) -> None:
    id = seeded.register(status="new")
    (made,) = seeded.new()
    assert (made.action, made.object, made.about) == ("exemplar.registered", f"exemplar:{id}", 2)
    assert made.after["award"] is True and made.after["state"] == "registered" and made.after["name"].startswith("~")
    said: dict[str, Any] = {"subject": "tap_the", "award": False, "answers": {"name": "Đường hoa"}, "status": "new"}
    seeded.do(lambda tx: exemplars.amend(tx, id, name="Đường hoa", **said))
    (amended,) = seeded.new()
    assert (amended.before, amended.after) == ({"award": True}, {"award": False}), "only what was changed"
    seeded.do(lambda tx: exemplars.amend(tx, id, name="Đường cờ", **said))
    (amended,) = seeded.new()
    assert amended.before.keys() == amended.after.keys() == {"name"} and amended.before != amended.after

    for points in ("13.5", "14"):
        draft = seeded.do(
            lambda tx: drafts.begin(tx, season_id=1, unit_id=2, form="self_score", person_id=1, exemplar_id=id, now=NOW)
        )

        def score(tx: Tx, draft: int = draft.id, points: str = points) -> None:
            about: dict[str, Any] = {
                "season_id": 1,
                "unit_id": 2,
                "exemplar_id": id,
                "draft_id": draft,
                "form": "self_score",
            }
            card = exemplars.submit(tx, **about, answers={}, late=False, person_id=1, now=NOW)
            exemplars.keep_scores(tx, card, {"01": Decimal(points)}, {"01": 2}, Decimal(points))
            drafts.close(tx, draft, "submitted")

        seeded.do(score)
    first, second = (r for r in seeded.new() if r.action == "exemplar.scored")
    assert first.before == {"state": "registered", "total": None, "points": {}}
    assert first.after["points"] == {"01": "13.5"} and first.after["evidence"] == {"01": 2}
    assert second.before == {"state": "self_scored", "total": "13.5", "points": {"01": "13.5"}}
    assert (second.after["total"], second.after["version"]) == ("14", 2)

    seeded.do(lambda tx: [exemplars.stop(tx, id), exemplars.stop(tx, id)])
    seeded.do(lambda tx: [exemplars.take_up(tx, id), exemplars.take_up(tx, id)])
    assert [(r.action, r.before, r.after) for r in seeded.new()] == [
        ("exemplar.stopped", {"state": "self_scored"}, {"state": "stopped"}),
        ("exemplar.taken_up", {"state": "stopped"}, {"state": "self_scored"}),
    ]
    later = seeded.register(carried_from=id)
    (carried,) = seeded.new()
    assert (carried.action, carried.after["carried_from"]) == ("exemplar.carried", id)
    object = f"exemplar:{id}"
    parts = seeded.store.run(lambda tx: audit.with_its_parts(tx, object))
    assert parts == [object, "draft:1", "draft:2", "submission:1", "submission:2"]
    assert seeded.store.run(lambda tx: audit.with_its_parts(tx, f"exemplar:{later}")) == [f"exemplar:{later}"]


def test_a_draft_is_noted_when_it_is_opened_and_ended_not_at_each_answer(seeded: Seeded) -> None:
    about: dict[str, Any] = {
        "season_id": 1,
        "unit_id": 2,
        "form": "bao_cao",
        "milestone": "bao_cao_h1",
        "person_id": 1,
        "now": NOW,
    }

    def write(tx: Tx) -> None:
        draft = drafts.begin(tx, **about)
        said: dict[str, Any] = {"person_id": 1, "address_id": None, "message": "", "now": NOW}
        drafts.note(tx, draft.id, "set", "ket_qua", "tốt", **said)
        assert drafts.close(tx, draft.id, "cancelled") is True
        assert drafts.close(tx, draft.id, "cancelled") is False

    seeded.do(write)
    opened, ended = seeded.new()
    assert (opened.action, opened.object, opened.about) == ("draft.opened", "draft:1", 2)
    assert opened.after["form"] == "bao_cao" and opened.after["milestone"] == "bao_cao_h1"
    assert (ended.action, ended.about, ended.before, ended.after) == (
        "draft.cancelled",
        2,
        {"state": "open"},
        {"state": "cancelled"},
    )


def test_a_report_is_noted_with_its_version(seeded: Seeded) -> None:
    def write(tx: Tx) -> None:
        draft = drafts.begin(tx, season_id=1, unit_id=2, form="bao_cao", person_id=1, now=NOW)
        said: dict[str, Any] = {
            "season_id": 1,
            "unit_id": 2,
            "draft_id": draft.id,
            "form": "bao_cao",
            "person_id": 1,
            "now": NOW,
        }
        reports.hand_in(tx, **said, answers={"ket_qua": "tốt"}, milestone="bao_cao_h1")
        reports.hand_in(tx, **said, answers={"ket_qua": "rất tốt"}, milestone="bao_cao_h1", late=True)

    seeded.do(write)
    _, first, second = seeded.new()
    assert [(r.action, r.object, r.after["version"], r.after["late"]) for r in (first, second)] == [
        ("submission.handed_in", "submission:1", 1, False),
        ("submission.handed_in", "submission:2", 2, True),
    ]
    assert first.after["answers"] != second.after["answers"]
    same = seeded.store.run(lambda tx: audit.digested_json(tx, {"ket_qua": "tốt"}))
    assert first.after["answers"] == same, "with the text at hand it can be checked"


def test_closings_occurrences_and_steps(seeded: Seeded) -> None:
    owed: dict[str, Any] = {"season_id": 1, "unit_id": 2, "milestone": "dang_ky", "kind": "paper"}

    def work(tx: Tx) -> None:
        for _ in range(2):
            owing.close(tx, **owed, person_id=1, now=NOW, note="số 12 ngày 5/2")
        for _ in range(2):
            owing.reopen(tx, **owed)
        for on in (date(2024, 3, 1), date(2024, 3, 1), date(2024, 3, 4)):
            occurrences.note(tx, season_id=1, name="hop", on=on, person_id=1, now=NOW)
        for _ in range(2):
            occurrences.take_back(tx, season_id=1, name="hop", now=NOW)
        for _ in range(2):
            dues.mark_step(tx, 1, "dang_ky", date(2024, 2, 14), 2, "held", NOW, 1)
        for _ in range(2):
            dues.unmark_step(tx, 1, "dang_ky", date(2024, 2, 14), 2, "held")

    seeded.do(work)
    rows = seeded.new()
    assert {r.object for r in rows} == {"season:1"}
    assert [(r.action, r.before, {k: v for k, v in r.after.items() if k != "note"}) for r in rows] == [
        ("closing.noted", {}, {"milestone": "dang_ky", "kind": "paper"}),
        ("closing.taken_back", {"milestone": "dang_ky", "kind": "paper"}, {}),
        ("occurrence.noted", {}, {"name": "hop", "on": "2024-03-01"}),
        ("occurrence.corrected", {"name": "hop", "on": "2024-03-01", "note": ""}, {"name": "hop", "on": "2024-03-04"}),
        ("occurrence.taken_back", {"name": "hop", "on": "2024-03-04"}, {}),
        ("step.marked", {}, {"milestone": "dang_ky", "deadline": "2024-02-14", "step": 2, "state": "held"}),
        ("step.unmarked", {"milestone": "dang_ky", "deadline": "2024-02-14", "step": 2, "state": "held"}, {}),
    ]
    assert rows[0].after["note"].startswith("~") and rows[0].about == 2


def test_seasons_move_and_end_once(seeded: Seeded) -> None:
    changed = PLAN.model_copy(update={"name": "Kế hoạch khác"})
    seeded.do(lambda tx: seasons.move(tx, 1, changed, NOW))
    seeded.do(lambda tx: seasons.begin(tx, PLAN, 2024, NOW) and None)
    seeded.do(_closed_twice)
    assert [r.action for r in seeded.new()] == ["season.moved", "season.closed"]


def _closed_twice(tx: Tx) -> None:
    seasons.close(tx, 1, NOW)
    seasons.close(tx, 1, NOW)


def test_a_text_cannot_be_read_from_its_digest_and_two_houses_differ(store: Store, tmp_path: Path) -> None:
    other = Store(f"sqlite:///{tmp_path}/other.db")
    other.migrate()
    name = "Trần Thị Lan"
    here = [store.run(lambda tx: audit.digested(tx, name)) for _ in range(2)]
    assert here[0] == here[1] and re.fullmatch(r"~[0-9a-f]{32}", here[0])
    assert other.run(lambda tx: audit.digested(tx, name)) != here[0]
    assert store.run(lambda tx: audit.digested(tx, name + " ")) != here[0]
    other.close()


def test_numbers_days_and_moments_are_plain_text(store: Store) -> None:
    said: dict[str, Any] = {
        "total": Decimal("13.50"),
        "on": date(2024, 3, 1),
        "at": NOW,
        "points": {"01": Decimal(2)},
        "ids": (1, 2),
    }
    store.run(lambda tx: audit.note(tx, "exemplar.scored", "exemplar:1", at=NOW, after=said))
    (row,) = store.run(lambda tx: audit.rows(tx, Wanted()))
    assert row.after == {
        "total": "13.50",
        "on": "2024-03-01",
        "at": "2024-02-05T02:00:00+00:00",
        "points": {"01": "2"},
        "ids": [1, 2],
    }
    assert row.before == {}


def test_rows_are_found_by_object_person_unit_and_moment_page_by_page(seeded: Seeded) -> None:
    first, second = seeded.register(), seeded.register(name="Khác")

    def of(**wanted: Any) -> list[str]:
        return [r.object for r in seeded.store.run(lambda tx: audit.rows(tx, Wanted(**wanted)))]

    assert of(objects=[f"exemplar:{second}"]) == [f"exemplar:{second}"]
    assert of(person=seeded.lan) == ["person:1", f"exemplar:{first}", f"exemplar:{second}"]
    assert of(units=[2]) == ["person:1", f"exemplar:{first}", f"exemplar:{second}"]
    assert of(units=[1]) == ["unit:1"]
    assert (
        len(of(since=NOW, until=NOW.replace(hour=3))) >= 3
        and of(since=NOW.replace(day=6), until=NOW.replace(day=7)) == []
    )
    every = seeded.rows()
    page = seeded.store.run(lambda tx: audit.rows(tx, Wanted(), after=every[1].id, limit=2))
    assert page == every[2:4]
    assert seeded.store.run(lambda tx: audit.rows(tx, Wanted(), limit=2, newest=True)) == every[-2:]


def objects() -> set[str]:
    """The kinds of things that rows are about."""
    calls = [one for m in modules(FOLDER) for one in ast.walk(m.tree) if isinstance(one, ast.Call)]
    noted = [one.args[2] for one in calls if called(one) & {"audit.note"} and len(one.args) > 2]
    begun = [
        one.values[0].value
        for one in noted
        if isinstance(one, ast.JoinedStr) and isinstance(one.values[0], ast.Constant)
    ]
    return {str(one).partition(":")[0] for one in begun}


def test_every_object_has_its_words() -> None:
    assert {"exemplar", "season", "person", "unit"} <= objects() <= OBJECTS.keys()
