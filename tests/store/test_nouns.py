"""Each noun of the store once, with its edge, on both databases."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from bot.chat import Address, Reply
from bot.clock import ZONE
from bot.plan.dates import Milestone
from bot.plan.model import UnitSeed
from bot.rules.access import OFFICER, STANDING_OFFICE
from bot.store import drafts, dues, exemplars, inbox, outbox, owing, people, seasons, tables, units, webchat
from bot.store.engine import Store, Tx
from bot.store.handed_in import HandedIn
from bot.store.outbox import Swept
from tests.world import plan, plans

NOW = datetime(2024, 2, 5, 9, 0, tzinfo=ZONE)
LATER = NOW + timedelta(days=1)
LAN_AT = Address("telegram", "1001")
GROUP_AT = Address("telegram", "-500")

Do = Callable[[Callable[[Tx], Any]], Any]


@pytest.fixture
def do(store: Store) -> Do:
    """Run a work in a transaction of its own."""
    return store.run


class Seeded:
    """Two communes under a district, a season, and Lan of the first commune."""

    def __init__(self, do: Do) -> None:
        def work(tx: Tx) -> None:
            units.plant(tx, SEEDS)
            known = units.load(tx)
            self.district, self.hung, self.thang = (known.coded(seed.code).id for seed in SEEDS)  # type: ignore[union-attr]
            seasons.begin(tx, PLAN, 2024, NOW)
            self.season = seasons.every(tx)[0].id
            self.lan = people.add(tx, "Lan", self.hung, OFFICER, NOW)
            self.contact = people.greet(tx, LAN_AT, private=True, name="Lan", language="vi", now=NOW)

        do(work)


PLAN = plan("van-ninh")
CHANGED = PLAN.model_copy(update={"version": "changed"})
OTHER = PLAN.model_copy(update={"id": "other"})
SEEDS = (
    UnitSeed(code="vn", name="huyện Vạn Ninh", kind="huyen"),
    UnitSeed(code="vn.hung", name="xã Vạn Hưng", kind="xa", parent="vn"),
    UnitSeed(code="vn.thang", name="xã Vạn Thắng", kind="xa", parent="vn"),
)


@pytest.fixture
def seeded(do: Do) -> Seeded:
    return Seeded(do)


# -- units and seasons -----------------------------------------------------------------------------------------------


def test_units_are_planted_once_and_know_their_tree(do: Do) -> None:
    assert do(lambda tx: units.plant(tx, reversed(SEEDS))) == 3
    assert do(lambda tx: units.plant(tx, SEEDS)) == 0
    known = do(units.load)
    district, commune = known.coded("vn"), known.coded("vn.hung")
    assert {u.code for u in known.below(district.id)} == {"vn.hung", "vn.thang"}
    assert commune.above == (district.id,)
    assert (known.parent_name(commune), known.parent_name(district)) == ("huyện Vạn Ninh", "")
    assert known.coded("vn.nowhere") is None
    orphan = UnitSeed(code="x", name="x", kind="xa", parent="nowhere")
    with pytest.raises(ValueError, match="without a known parent"):
        do(lambda tx: units.plant(tx, [orphan]))


def test_a_season_is_opened_once(do: Do) -> None:
    assert do(lambda tx: seasons.begin(tx, PLAN, 2024, NOW)) is True
    assert do(lambda tx: seasons.begin(tx, CHANGED, 2024, LATER)) is False
    assert do(lambda tx: seasons.begin(tx, PLAN, 2025, NOW)) is True
    opened = do(seasons.every)
    assert [(s.year, s.plan_version) for s in opened] == [(2024, PLAN.version), (2025, PLAN.version)]
    assert opened[0].opened_at == NOW
    do(lambda tx: seasons.close(tx, opened[0].id, LATER))
    assert [s.closed_at for s in do(seasons.every)] == [LATER, None]


# -- people ----------------------------------------------------------------------------------------------------------


def test_somebody_is_greeted_once(do: Do) -> None:
    def greet(tx: Tx, name: str) -> people.Contact:
        return people.greet(tx, LAN_AT, private=True, name=name, language="zh-hant-tw", now=NOW)

    assert do(lambda tx: people.contact(tx, LAN_AT)) is None
    first = do(lambda tx: greet(tx, "Lan"))
    assert do(lambda tx: greet(tx, "Lan đổi tên")) == first
    assert do(lambda tx: people.contact_by_id(tx, first.id)) == first
    assert (first.name, first.state, first.person_id, first.focus) == ("Lan", "ok", None, {})


def test_a_code_is_spent_once_and_expires(do: Do, seeded: Seeded) -> None:
    code = do(lambda tx: people.make_code(tx, NOW, person_id=seeded.lan))
    stored = do(lambda tx: tx.execute(select(tables.join_code.c.digest)).scalars().all())
    assert code not in stored
    typed = f" {code[:4]}-{code[4:]} ".lower()
    found = do(lambda tx: people.find_code(tx, typed, NOW))
    assert found is not None
    assert do(lambda tx: people.find_code(tx, code, NOW + timedelta(days=people.CODE_DAYS))) is None
    assert do(lambda tx: people.use_code(tx, found, seeded.contact, NOW)) is True
    assert do(lambda tx: people.use_code(tx, found, seeded.contact, NOW)) is False
    assert do(lambda tx: people.find_code(tx, code, NOW)) is None
    assert do(lambda tx: people.contact(tx, LAN_AT)).person_id == seeded.lan


def test_a_code_of_a_group_links_it(do: Do, seeded: Seeded) -> None:
    group = do(lambda tx: people.greet(tx, GROUP_AT, private=False, name="Nhóm", language="vi", now=NOW))
    code = do(lambda tx: people.make_code(tx, NOW, unit_id=seeded.district))
    do(lambda tx: people.use_code(tx, people.find_code(tx, code, NOW), group, NOW))  # type: ignore[arg-type]
    (linked,) = do(people.groups)
    assert (linked.address, linked.unit_id) == (GROUP_AT, seeded.district)
    thread = Address("telegram", "-500", "7")
    topic = do(lambda tx: people.greet(tx, thread, private=False, name="Nhóm", language="vi", now=NOW))
    assert topic.unit_id == seeded.district, "a topic belongs to its group's unit"
    assert len(do(people.groups)) == 1, "one group, however many topics"
    do(lambda tx: people.link_group(tx, group.id, None, NOW))
    do(lambda tx: people.link_group(tx, topic.id, None, NOW))
    assert do(people.groups) == []


def test_wrong_tries_are_counted_and_forgotten(do: Do, seeded: Seeded) -> None:
    window = timedelta(hours=1)

    def count(now: datetime) -> int:
        def work(tx: Tx) -> None:
            people.count_try(tx, people.contact(tx, LAN_AT), now, window=window)  # type: ignore[arg-type]

        do(work)
        return int(do(lambda tx: people.contact(tx, LAN_AT)).tries)

    assert [count(NOW), count(NOW), count(NOW)] == [1, 2, 3]
    assert count(NOW + timedelta(hours=2)) == 1


def test_functions_hold_from_to(do: Do, seeded: Seeded) -> None:
    person = do(lambda tx: people.known(tx, seeded.lan, NOW))
    assert (person.name, person.language, person.units) == ("Lan", "vi", (seeded.hung,))
    assert do(lambda tx: people.known(tx, 10**6, NOW)) is None
    do(lambda tx: tx.execute(update(tables.role).values(valid_to=date(2024, 2, 5))).rowcount)
    assert do(lambda tx: people.known(tx, seeded.lan, NOW)).units == (seeded.hung,)
    assert do(lambda tx: people.known(tx, seeded.lan, LATER)).units == ()
    do(lambda tx: people.set_language(tx, seeded.lan, "en", NOW))
    assert do(lambda tx: people.known(tx, seeded.lan, NOW)).language == "en"


def test_who_is_reached_for_a_unit(do: Do, seeded: Seeded) -> None:
    def reached(function: str = OFFICER) -> list[tuple[int, Address]]:
        found = do(lambda tx: people.contacts_of_units(tx, [seeded.hung, seeded.thang], function, on=NOW.date()))
        return [(unit, contact.address) for unit, contact in found]

    assert reached() == []
    do(lambda tx: people.attach(tx, seeded.contact.id, seeded.lan, NOW))
    web = do(lambda tx: people.greet(tx, Address("web", "x"), private=True, name="Lan", language="vi", now=NOW))
    do(lambda tx: people.attach(tx, web.id, seeded.lan, NOW))
    assert reached() == [(seeded.hung, LAN_AT)], "once, where she was first"
    assert reached(STANDING_OFFICE) == []
    do(lambda tx: people.note_state(tx, seeded.contact.id, "blocked", NOW))
    assert reached() == [(seeded.hung, Address("web", "x"))]


def test_the_focus_is_remembered_as_it_is(do: Do, seeded: Seeded) -> None:
    focus = {"draft": 1, "options": [["Có", "x"]], "lettered": True}
    do(lambda tx: people.remember_focus(tx, seeded.contact.id, focus))
    assert do(lambda tx: people.contact(tx, LAN_AT)).focus == focus


def test_a_group_moves_with_its_topics_even_where_the_new_one_is_known(do: Do, seeded: Seeded) -> None:
    for chat, thread in (("-500", ""), ("-500", "7")):
        at = Address("telegram", chat, thread)
        do(lambda tx, at=at: people.greet(tx, at, private=False, name="", language="vi", now=NOW))
    group = do(lambda tx: people.contact(tx, GROUP_AT))
    do(lambda tx: people.link_group(tx, group.id, seeded.district, NOW))
    do(lambda tx: people.move(tx, GROUP_AT, "-1005", NOW))
    assert do(lambda tx: people.contact(tx, GROUP_AT)) is None
    assert do(lambda tx: people.contact(tx, Address("telegram", "-1005"))).id == group.id
    assert do(lambda tx: people.contact(tx, Address("telegram", "-1005", "7"))) is not None

    known = Address("telegram", "-2000")
    do(lambda tx: people.greet(tx, known, private=False, name="", language="vi", now=NOW))
    do(lambda tx: people.move(tx, Address("telegram", "-1005"), "-2000", NOW))
    assert do(lambda tx: people.contact(tx, known)).unit_id == seeded.district
    assert do(lambda tx: people.contact(tx, Address("telegram", "-1005"))).state == "gone"


# -- drafts and exemplars --------------------------------------------------------------------------------------------


def begin(seeded: Seeded, do: Do, **more: Any) -> drafts.Draft:
    return do(
        lambda tx: drafts.begin(
            tx, season_id=seeded.season, unit_id=seeded.hung, form="self_score", person_id=seeded.lan, now=NOW, **more
        )
    )


def test_a_draft_keeps_its_events_in_order(do: Do, seeded: Seeded) -> None:
    draft, other = begin(seeded, do), begin(seeded, do, subject="ca_nhan")

    def note(draft_id: int, op: str, value: Any, message: str, now: datetime = NOW) -> int:
        about = {"person_id": seeded.lan, "address_id": seeded.contact.id, "message": message, "now": now}
        return int(do(lambda tx: drafts.note(tx, draft_id, op, "tc1", value, **about)))

    note(other.id, "set", "1", "m0")
    note(draft.id, "set", "13.5", "m1")
    note(draft.id, "add", {"kind": "line", "text": "Biên bản “họp”"}, "m1", LATER)
    note(draft.id, "skip", None, "m2", LATER)
    assert [(e.op, e.value) for e in do(lambda tx: drafts.events(tx, draft.id))] == [
        ("set", "13.5"),
        ("add", {"kind": "line", "text": "Biên bản “họp”"}),
        ("skip", None),
    ]
    said = do(lambda tx: drafts.said_in(tx, seeded.contact.id, "m1"))
    assert [(id, event.op) for id, event in said] == [(draft.id, "set"), (draft.id, "add")]
    assert do(lambda tx: drafts.said_in(tx, seeded.contact.id, "m9")) == []
    found = do(lambda tx: drafts.open_of_units(tx, (seeded.hung,)))
    assert [d.id for d in found] == [draft.id, other.id], "the last touched first"
    assert found[0].touched_at == LATER


def test_a_draft_is_closed_once(do: Do, seeded: Seeded) -> None:
    draft = begin(seeded, do)
    assert do(lambda tx: drafts.held_open(tx, draft.id)) is True
    assert do(lambda tx: drafts.close(tx, draft.id, "submitted")) is True
    assert do(lambda tx: drafts.held_open(tx, draft.id)) is False
    assert do(lambda tx: drafts.close(tx, draft.id, "cancelled")) is False
    assert do(lambda tx: drafts.by_id(tx, draft.id)).state == "submitted"
    assert do(lambda tx: drafts.open_of_units(tx, (seeded.hung,))) == []
    with pytest.raises(LookupError):
        do(lambda tx: drafts.by_id(tx, 10**6))


def register(seeded: Seeded, do: Do, name: str = "Camera", **more: Any) -> int:
    values = {"subject": "tap_the", "award": True, "late": False, "answers": {"name": name}, "now": NOW, **more}
    return int(do(lambda tx: exemplars.register(tx, season_id=seeded.season, unit_id=seeded.hung, name=name, **values)))


def test_an_exemplar_keeps_every_version_and_exact_points(do: Do, seeded: Seeded) -> None:
    id = register(seeded, do)
    draft = begin(seeded, do, exemplar_id=id)

    def submit(tx: Tx) -> HandedIn:
        about = {"exemplar_id": id, "draft_id": draft.id, "form": "self_score", "person_id": seeded.lan}
        return exemplars.submit(
            tx, season_id=seeded.season, unit_id=seeded.hung, answers={"tc1": "13.5"}, late=True, now=NOW, **about
        )

    first, second = do(submit), do(submit)
    assert (first.version, second.version) == (1, 2)
    assert do(lambda tx: exemplars.latest(tx, id, "self_score")) == second
    assert do(lambda tx: exemplars.latest(tx, id, "registration")) is None
    assert do(lambda tx: exemplars.of_draft(tx, draft.id)) in (first, second)
    assert do(lambda tx: exemplars.of_draft(tx, 10**6)) is None
    points = {"01": Decimal("13.5"), "02": Decimal("0.1")}
    do(lambda tx: exemplars.keep_scores(tx, second, points, {"01": 3}, Decimal("13.6")))
    assert do(lambda tx: exemplars.scores(tx, second.id)) == (points, {"01": 3, "02": 0})
    now = do(lambda tx: exemplars.by_id(tx, id))
    assert (now.total, now.state, now.year, now.plan) == (Decimal("13.6"), "self_scored", 2024, "van-ninh")
    do(lambda tx: exemplars.amend(tx, id, subject="ca_nhan", name="Mới", award=False, answers={"name": "Mới"}))
    amended = do(lambda tx: exemplars.by_id(tx, id))
    assert (amended.name, amended.subject, amended.award, amended.answers) == ("Mới", "ca_nhan", False, {"name": "Mới"})
    with pytest.raises(LookupError):
        do(lambda tx: exemplars.by_id(tx, 10**6))


def test_exemplars_are_listed_newest_season_first(do: Do, seeded: Seeded) -> None:
    first, second = register(seeded, do, "Một"), register(seeded, do, "Hai")
    do(lambda tx: seasons.begin(tx, PLAN, 2025, NOW))
    next_year = do(seasons.every)[-1].id
    about = {"subject": "tap_the", "award": True, "late": False, "answers": {}, "now": NOW}
    third = do(lambda tx: exemplars.register(tx, season_id=next_year, unit_id=seeded.hung, name="Ba", **about))
    assert [e.id for e in do(lambda tx: exemplars.of_units(tx, [seeded.hung]))] == [third, first, second]
    assert [e.id for e in do(lambda tx: exemplars.of_units(tx, [seeded.hung], seeded.season))] == [first, second]
    assert [e.id for e in do(lambda tx: exemplars.of_season(tx, next_year))] == [third]
    assert do(lambda tx: exemplars.of_units(tx, [])) == []


def test_a_model_goes_from_year_to_year_until_it_stops(do: Do, seeded: Seeded) -> None:
    first, second = register(seeded, do, "Một"), register(seeded, do, "Hai")
    do(lambda tx: seasons.begin(tx, PLAN, 2025, NOW))
    do(lambda tx: seasons.begin(tx, OTHER, 2025, NOW))
    next_year = next(s.id for s in do(seasons.every) if s.plan == "van-ninh" and s.year == 2025)

    def offered(year: int = 2025, plan: str = "van-ninh", unit: int = seeded.hung) -> list[int]:
        return [e.id for e in do(lambda tx: exemplars.to_carry_over(tx, unit, plan, year))]

    assert offered() == [first, second]
    assert offered(2024) == offered(plan="other") == offered(unit=seeded.thang) == []

    about = {"subject": "tap_the", "award": False, "late": False, "answers": {}, "now": NOW, "unit_id": seeded.hung}
    kept = {"status": "continuing", "source": "xã Vạn Thắng", "carried_from": first}
    later = do(lambda tx: exemplars.register(tx, season_id=next_year, name="Một", **about, **kept))
    assert offered() == [second]
    assert offered(2026) == [later, second], "of a model that was carried over only the latest year"
    carried = do(lambda tx: exemplars.carried_to(tx, first, 2025))
    assert (carried.id, carried.status, carried.source) == (later, "continuing", "xã Vạn Thắng")
    assert do(lambda tx: exemplars.carried_to(tx, first, 2024)) is None
    assert do(lambda tx: exemplars.carried_to(tx, second, 2025)) is None

    assert [do(lambda tx: exemplars.stop(tx, second)) for _ in range(2)] == [True, False]
    assert do(lambda tx: exemplars.by_id(tx, second)).stopped
    assert offered() == []
    assert [do(lambda tx: exemplars.take_up(tx, second)) for _ in range(2)] == [True, False]
    assert do(lambda tx: exemplars.by_id(tx, second)).state == "registered"
    assert offered() == [second]


def test_two_who_carry_a_model_over_at_once_make_one_of_it(store: Store) -> None:
    seeded = Seeded(store.run)
    first = register(seeded, store.run, "Một")
    store.run(lambda tx: seasons.begin(tx, PLAN, 2025, NOW))
    next_year = store.run(seasons.every)[-1].id

    def carry_over(tx: Tx) -> bool:
        exemplars.hold(tx, first)
        if exemplars.carried_to(tx, first, 2025) is not None:
            return False
        time.sleep(0.05)  # long enough for the others to look, too
        about = {"subject": "tap_the", "award": True, "late": False, "answers": {}, "now": NOW, "carried_from": first}
        exemplars.register(tx, season_id=next_year, unit_id=seeded.hung, name="Một", **about)
        return True

    with ThreadPoolExecutor(4) as people:
        done = list(people.map(lambda _: store.run(carry_over), range(4)))
    assert sorted(done) == [False, False, False, True]
    assert len(store.run(lambda tx: exemplars.of_season(tx, next_year))) == 1


def test_a_scored_model_that_is_taken_up_again_is_still_scored(do: Do, seeded: Seeded) -> None:
    id = register(seeded, do)
    draft = begin(seeded, do, exemplar_id=id)
    about = {"exemplar_id": id, "draft_id": draft.id, "form": "self_score", "person_id": seeded.lan, "answers": {}}

    def score(tx: Tx) -> None:
        card = exemplars.submit(tx, season_id=seeded.season, unit_id=seeded.hung, late=False, now=NOW, **about)
        exemplars.keep_scores(tx, card, {"01": Decimal("13.5")}, {}, Decimal("13.5"))

    do(score)
    do(lambda tx: exemplars.stop(tx, id))
    do(lambda tx: exemplars.take_up(tx, id))
    assert do(lambda tx: exemplars.by_id(tx, id)).state == "self_scored"


def test_what_has_stopped_owes_no_dossier(do: Do, seeded: Seeded) -> None:
    dossier = milestone("live_exemplars")
    id = register(seeded, do)

    def late() -> list[int]:
        return list(do(lambda tx: owing.still_owing(tx, seeded.season, dossier, [seeded.hung])))

    assert late() == [seeded.hung]
    do(lambda tx: exemplars.stop(tx, id))
    assert late() == []


def test_a_registration_gives_its_answers_back(do: Do, seeded: Seeded) -> None:
    minutes = {"kind": "photo", "sha256": "ab" * 32, "name": "bien-ban.jpg"}
    stored = {"name": "Camera", "award": True, "topics": ["a", "b"], "minutes": [minutes]}
    about = {"subject": "tap_the", "award": True, "late": False, "now": NOW, "unit_id": seeded.hung, "name": "Camera"}
    id = do(lambda tx: exemplars.register(tx, season_id=seeded.season, answers=stored, **about))
    given = do(lambda tx: exemplars.by_id(tx, id)).given
    assert {q: a.value for q, a in given.items()} == {
        "name": "Camera",
        "award": True,
        "topics": ["a", "b"],
        "minutes": None,
    }
    assert [item.name for item in given["minutes"].items] == ["bien-ban.jpg"]


# -- owing and dues --------------------------------------------------------------------------------------------------


def milestone(owed_by: str) -> Milestone:
    found = [m for m in plans()["van-ninh"].milestones if m.owed_by == owed_by]
    return found[0]


def test_a_closing_is_noted_once_and_can_be_taken_back(do: Do, seeded: Seeded) -> None:
    invited = milestone("invited_units")
    bound = [seeded.thang, seeded.hung]
    about = {"season_id": seeded.season, "unit_id": seeded.hung, "milestone": invited.id}

    def close(kind: str) -> bool:
        return bool(do(lambda tx: owing.close(tx, kind=kind, person_id=seeded.lan, now=NOW, note="số 5", **about)))

    def late() -> list[int]:
        return list(do(lambda tx: owing.still_owing(tx, seeded.season, invited, bound)))

    assert late() == bound
    assert (close("none"), close("none")) == (True, False)
    assert late() == [seeded.thang]
    assert [c.note for c in do(lambda tx: owing.closings(tx, seeded.season, invited.id))] == ["số 5"]
    assert do(lambda tx: owing.reopen(tx, kind="none", **about)) is True
    assert do(lambda tx: owing.reopen(tx, kind="none", **about)) is False
    assert late() == bound
    assert close("paper") is True
    assert late() == [seeded.thang], "a letter ends the owing too"


def test_a_dossier_is_owed_by_those_who_asked_for_an_award(do: Do, seeded: Seeded) -> None:
    dossier = milestone("live_exemplars")

    def late() -> list[int]:
        return list(do(lambda tx: owing.still_owing(tx, seeded.season, dossier, [seeded.hung, seeded.thang])))

    assert late() == []
    register(seeded, do, "Không đề nghị", award=False)
    assert late() == []
    id = register(seeded, do)
    assert late() == [seeded.hung]
    draft = begin(seeded, do, exemplar_id=id)
    about = {"exemplar_id": id, "draft_id": draft.id, "form": dossier.form, "person_id": seeded.lan, "answers": {}}
    do(lambda tx: exemplars.submit(tx, season_id=seeded.season, unit_id=seeded.hung, late=False, now=NOW, **about))
    assert late() == []


LAST = date(2024, 2, 14)


def test_due_rows_are_made_once(do: Do, seeded: Seeded) -> None:
    def make(unit_ids: list[int]) -> int:
        about = {"milestone": "dk", "deadline": LAST, "number": 5, "due_on": date(2024, 2, 7), "now": NOW}
        return len(do(lambda tx: dues.made(tx, season_id=seeded.season, unit_ids=unit_ids, **about)))

    assert make([seeded.hung]) == 1
    assert make([seeded.hung, seeded.thang]) == 1
    assert make([]) == 0
    rows = select(tables.due.c.step, tables.due.c.unit_id).order_by(tables.due.c.unit_id)
    assert do(lambda tx: tx.execute(rows).all()) == [(5, seeded.hung), (5, seeded.thang)]


def test_a_step_has_one_state(do: Do, seeded: Seeded) -> None:
    def mark(state: str) -> bool:
        return bool(do(lambda tx: dues.mark_step(tx, seeded.season, "dk", LAST, 5, state, NOW, seeded.lan)))

    def state() -> str:
        return str(do(lambda tx: dues.steps(tx, seeded.season, "dk"))[LAST, 5].state)

    assert (mark("waiting"), mark("waiting"), mark("held"), mark("waiting")) == (True, False, True, False)
    assert state() == "held"
    assert do(lambda tx: dues.unmark_step(tx, seeded.season, "dk", LAST, 5, "released")) is False
    assert do(lambda tx: dues.unmark_step(tx, seeded.season, "dk", LAST, 5, "held")) is True
    assert mark("released") is True
    assert (mark("held"), mark("overtaken"), mark("waiting")) == (False, False, False)  # what went out went out
    assert state() == "released"


# -- inbox -----------------------------------------------------------------------------------------------------------


def test_an_update_is_stored_once(do: Do) -> None:
    def add(update_id: str, account: str = "telegram:1", **more: str) -> inbox.Stored | None:
        payload = {"text": "xin chào \ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")}
        return do(lambda tx: inbox.add(tx, account, update_id, "telegram/1", payload, NOW, **more))  # type: ignore[no-any-return]

    first, second = add("1"), add("2")
    assert first is not None
    assert second is not None
    assert add("1") is None
    assert add("1", "telegram:2") is not None, "another bot counts by itself"
    assert add("3", poison="unreadable") is not None
    waiting = do(inbox.waiting)
    assert [s.id for s in waiting][:2] == [first.id, second.id]
    assert len(waiting) == 3, "poison does not wait"
    assert waiting[0] == first
    assert [s.id for s in do(lambda tx: inbox.waiting(tx, first.id, 1))] == [second.id]

    do(lambda tx: inbox.done(tx, first.id))
    assert do(lambda tx: inbox.take(tx, first.id)) is False
    assert add("1") is None, "also when it has been worked off"
    do(lambda tx: inbox.failed(tx, second.id, "x" * 5000, give_up=False))
    assert do(lambda tx: inbox.waiting(tx, first.id, 1))[0].attempts == 1
    do(lambda tx: inbox.failed(tx, second.id, "x", give_up=True))
    assert do(lambda tx: inbox.take(tx, second.id)) is False
    kept = do(lambda tx: tx.execute(select(tables.inbox.c.payload).where(tables.inbox.c.id == first.id)).scalar())
    assert kept == {}, "the words of what is done are not kept twice"


# -- outbox ----------------------------------------------------------------------------------------------------------


def claim(do: Do, owner: str = "b", real: float | None = None, limit: int = 50) -> list[int]:
    at = time.time() if real is None else real

    def work(tx: Tx) -> list[int]:
        channel = LAN_AT.channel
        answers = outbox.claim_replies(tx, owner, at, [channel], limit)
        return [m.id for m in (*answers, *outbox.claim(tx, owner, at, channel, limit))]

    return do(work)  # type: ignore[no-any-return]


def put(do: Do, address_id: int, cause: str, **more: Any) -> int | None:
    given = {"not_before": 0.0, **more}
    return do(lambda tx: outbox.add(tx, address_id, "reminder", cause, {"n": cause}, NOW, **given))  # type: ignore[no-any-return]


def test_answers_are_leased_to_whoever_wrote_them(do: Do, seeded: Seeded) -> None:
    replies = [Reply("một"), Reply("hai")]
    written = do(
        lambda tx: outbox.add_replies(tx, seeded.contact, "inbox:1", replies, NOW, owner="a", real=time.time())
    )
    assert [Reply.from_json(m.payload) for m in written] == replies
    assert claim(do) == []
    assert do(lambda tx: outbox.still_leased(tx, "inbox:1", "a")) == written
    assert do(lambda tx: outbox.still_leased(tx, "inbox:1", "b")) == []
    assert do(lambda tx: outbox.still_leased(tx, "inbox:11", "a")) == []
    assert do(outbox.addresses_waiting) == {seeded.contact.id}
    with pytest.raises(IntegrityError):
        do(lambda tx: outbox.add_replies(tx, seeded.contact, "inbox:1", replies, NOW, owner="a", real=0))
    do(lambda tx: outbox.sent(tx, written[0].id, "77", NOW))
    assert do(lambda tx: outbox.release_all(tx, "b")) == 0
    assert do(lambda tx: outbox.release_all(tx, "a")) == 1
    assert claim(do) == [written[1].id]
    assert do(outbox.report) == {"sent": 1, "leased": 1}


def test_claims_go_by_priority_then_order_and_nobody_overtakes(do: Do, seeded: Seeded) -> None:
    other = do(lambda tx: people.greet(tx, GROUP_AT, private=False, name="", language="vi", now=NOW))
    reminder, again = put(do, seeded.contact.id, "r1"), put(do, seeded.contact.id, "r1")
    assert again is None, "one cause, one message"
    answer = put(do, seeded.contact.id, "a1", priority=outbox.REPLY)
    later = put(do, other.id, "later", not_before=100.0)
    behind = put(do, other.id, "behind")
    assert claim(do, real=50.0) == [answer, reminder], "behind what waits, one waits"
    assert claim(do, real=200.0) == [later], "at each address one at a time"
    assert claim(do, real=200.0) == []
    do(lambda tx: outbox.sent(tx, later, "1", NOW))
    assert claim(do, real=200.0) == [behind]
    do(lambda tx: outbox.put_back(tx, reminder, 300.0, "429"))  # type: ignore[arg-type]
    more = put(do, seeded.contact.id, "r2")
    assert claim(do, real=250.0) == [], f"{more} does not overtake {reminder}"
    assert do(lambda tx: outbox.waiting_at(tx, seeded.contact.id)) is False
    assert claim(do, real=301.0, limit=1) == [reminder]
    assert claim(do, real=301.0) == []
    for id in (answer, reminder):
        do(lambda tx, id=id: outbox.end(tx, id, "failed", "x"))
    assert claim(do, real=301.0) == [more]


def test_leases_end(do: Do, seeded: Seeded) -> None:
    id = put(do, seeded.contact.id, "r1")
    assert id is not None
    assert claim(do, "a", 1000.0) == [id]
    assert do(lambda tx: outbox.begin_sending(tx, id, "b")) is False
    assert do(lambda tx: outbox.begin_sending(tx, id, "a")) is True
    assert do(lambda tx: outbox.begin_sending(tx, id, "a")) is False
    assert do(lambda tx: outbox.sweep(tx, 1000.0 + outbox.LEASE_SECONDS - 1)) == Swept(0, 0)
    assert do(lambda tx: outbox.sweep(tx, 1000.0 + outbox.LEASE_SECONDS + 1)) == Swept(1, 0)
    assert claim(do, "b", 2000.0) == [id]
    do(lambda tx: outbox.sent(tx, id, "9", NOW))
    assert do(lambda tx: outbox.sweep(tx, 9e9)) == Swept(0, 0)


def test_a_group_message_is_refreshed_once_for_several_changes(do: Do, seeded: Seeded) -> None:
    group = do(lambda tx: people.greet(tx, GROUP_AT, private=False, name="", language="vi", now=NOW))
    posted = put(do, group.id, "r1", subject="due:1:dk")
    private = put(do, seeded.contact.id, "r2", subject="due:1:dk")
    for id in (posted, private):
        do(lambda tx, id=id: outbox.sent(tx, id, f"m{id}", NOW))

    def refresh(now: datetime) -> int:
        return int(do(lambda tx: outbox.refresh(tx, "due:1:dk", now, not_before=0.0)))

    assert (refresh(NOW), refresh(NOW), refresh(LATER)) == (1, 0, 0)
    (asked,) = do(lambda tx: outbox.claim(tx, "b", 5.0, GROUP_AT.channel))
    assert (asked.kind, asked.payload["edits"], asked.address_id) == ("refresh", f"m{posted}", group.id)
    do(lambda tx: outbox.sent(tx, asked.id, f"m{posted}", NOW))
    assert refresh(LATER) == 1
    assert [id for id, _ in do(lambda tx: outbox.about(tx, "due:1:dk"))] == [posted, private]


def test_what_waits_can_be_given_more_to_say(do: Do, seeded: Seeded) -> None:
    id = put(do, seeded.contact.id, "album", subject="album:1")
    assert id is not None
    assert do(lambda tx: outbox.add_to(tx, id, {"photos": 2}, not_before=100.0)) is True
    assert do(lambda tx: outbox.about(tx, "album:1")) == [(id, {"photos": 2})]
    assert claim(do, real=99.0) == []
    assert claim(do, real=101.0) == [id]
    assert do(lambda tx: outbox.add_to(tx, id, {"photos": 3}, not_before=200.0)) is False, "it is on its way"


# -- web chat --------------------------------------------------------------------------------------------------------


def test_the_web_chat_remembers(do: Do) -> None:
    ids = [do(lambda tx, n=n: webchat.add(tx, "lan", "bot", {"text": str(n)}, NOW)) for n in range(5)]
    do(lambda tx: webchat.add(tx, "hung", "person", {"text": "x"}, NOW))
    assert [row[0] for row in do(lambda tx: webchat.since(tx, "lan", 0, 3))] == ids[-3:], "the newest, oldest first"
    assert [row[0] for row in do(lambda tx: webchat.since(tx, "lan", ids[3], 3))] == ids[4:]
    assert do(lambda tx: webchat.edit(tx, ids[0], {"text": "khác"})) is True
    assert do(lambda tx: webchat.edit(tx, 10**6, {})) is False
    assert do(lambda tx: webchat.since(tx, "lan", 0, 9))[0][1:] == ("bot", {"text": "khác"}, NOW)


def test_the_web_chat_knows_when_something_was_said_last(do: Do) -> None:
    assert do(webchat.latest) is None
    for moment in (LATER, NOW):
        do(lambda tx, at=moment: webchat.add(tx, "lan", "bot", {}, at))
    assert do(webchat.latest) == LATER
