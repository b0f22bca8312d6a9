"""The due table follows what changes – dates, extensions, units, the calendar – and what was sent stays; on both databases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.chat import Address
from bot.clock import Clock
from bot.plan.calendars import DaysOff, load_years
from bot.plan.dates import Annual, InMonth, InQuarter, Notice, Window
from bot.plan.model import Plan
from bot.plan.part import Quote
from bot.rules.access import OFFICER, STANDING_OFFICE
from bot.rules.calendar import Calendar
from bot.rules.ladder import URGE
from bot.store import dues, extensions, outbox, owing, own_days, people, responses, seasons, units
from bot.store.engine import Store, Tx
from bot.store.tables import due, extension, step
from bot.store.tables import outbox as sent
from bot.store.units import NewUnit
from bot.texts import language
from bot.turn import Office
from scheduler.reminders import Reminding, Settled, scan, settle_earlier
from tests.scheduler.test_scan import CALENDAR, COMMUNES, LAST, OPENED, PLAN, Here, at, seed
from tests.world import ROOT, plan, task

DANG_KY = task("dang_ky")

GROUP = "-500"


@pytest.fixture
def here(store: Store) -> Here:
    return seed(store)


def rows(here: Here, milestone: str = "dang_ky") -> dict[tuple[date, int], list[int]]:
    """The units of each date and step that are (or were) reminded."""

    def look(tx: Tx) -> dict[tuple[date, int], list[int]]:
        found: dict[tuple[date, int], list[int]] = {}
        for r in tx.execute(select(due).where(due.c.milestone == milestone, due.c.state == "made")).all():
            found.setdefault((r.deadline, r.step), []).append(r.unit_id)
        return found

    return here.do(look)  # type: ignore[no-any-return]


def counted(here: Here) -> dict[tuple[date, int], int]:
    return {of: len(units) for of, units in rows(here).items()}


def messages(here: Here, kind: str = "reminder") -> list[Any]:
    return list(here.do(lambda tx: tx.execute(select(sent).where(sent.c.kind == kind).order_by(sent.c.id)).all()))


def group(here: Here) -> int:
    """A group of the whole district; the address's number."""

    def link(tx: Tx) -> int:
        where = Address("telegram", GROUP)
        contact = people.greet(tx, where, private=False, name="Nhóm", language="vi", now=OPENED)
        people.link_group(tx, contact.id, here.unit_of("van-ninh"), OPENED)
        return contact.id

    return int(here.do(link))


def arrived(here: Here, address: int, message: str = "77") -> None:
    """The group's messages are out."""
    there = (sent.c.address_id == address, sent.c.kind == "reminder")
    here.do(lambda tx: tx.execute(update(sent).where(*there).values(state="sent", message=message)).rowcount)


def extend(here: Here, unit: str, until: date | None, now: datetime) -> None:
    def work(tx: Tx) -> None:
        extensions.grant(
            tx,
            season_id=here.season,
            unit_id=here.unit(unit),
            milestone="dang_ky",
            until=until,
            reason="mưa lũ",
            person_id=1,
            now=now,
        )
        here.office.refresh(tx)

    here.do(work)


def close(here: Here, unit: str) -> None:
    about = {"season_id": here.season, "unit_id": here.unit(unit), "milestone": "dang_ky", "kind": "none"}
    here.do(lambda tx: owing.close(tx, **about, person_id=1, now=OPENED))


def answer(here: Here, unit: str, kind: str, step: int, now: datetime, until: date | None = None) -> bool:
    return bool(
        here.do(
            lambda tx: responses.note(
                tx,
                season_id=here.season,
                unit_id=here.unit(unit),
                milestone="dang_ky",
                deadline=LAST,
                step=step,
                kind=kind,  # type: ignore[arg-type]
                person_id=1,
                address_id=None,
                now=now,
                until=until,
            )
        )
    )


# -- dates that move ---------------------------------------------------------------------------------------------------


def moved(to: str) -> Plan:
    """Vạn Ninh with a paper that sets another day for the registration in 2024."""
    paper = Notice(
        milestone="dang_ky",
        year=2024,
        date=Annual(before=to),
        document="Công văn số 12/UBND",
        quote=Quote(text="lùi thời hạn đăng ký", at="đoạn 1"),
    )
    return PLAN.model_copy(update={"notices": (*PLAN.notices, paper), "version": f"moved-{to}"})


def test_a_date_that_moved_has_a_ladder_of_its_own_and_what_was_sent_stays(here: Here) -> None:
    assert here.tick(at(2, 5)) == COMMUNES
    later = moved("03-01")

    def apply(tx: Tx) -> None:
        seasons.move(tx, here.season, later, at(2, 5, 9))
        here.office.refresh(tx)

    here.do(apply)
    assert here.tick(at(2, 5, 10)) == COMMUNES  # the new date is told at once: its twentieth day before has come
    assert counted(here) == {(LAST, 2): COMMUNES, (date(2024, 2, 29), 20): COMMUNES}
    assert [here.tick(at(2, day)) for day in (6, 7, 15, 21)] == [0, 0, COMMUNES, 0]  # not the old ladder
    here.do(lambda tx: (seasons.move(tx, here.season, PLAN, at(2, 21, 9)), here.office.refresh(tx)))
    assert here.tick(at(2, 21, 10)) == COMMUNES  # the old date is back, and it is over
    assert counted(here)[LAST, -5] == COMMUNES
    assert counted(here)[LAST, 2] == COMMUNES


def test_what_waits_of_a_date_that_has_moved_is_not_sent(here: Here) -> None:
    here.tick(at(2, 5))
    (first, *_) = here.do(lambda tx: outbox.claim(tx, "a test", 1.0, "telegram"))
    clock = Clock()
    clock.move(at(2, 5, 9))
    reminding = Reminding(here.office, clock)
    assert here.do(lambda tx: reminding.compose(tx, first)) is not None
    here.do(lambda tx: (seasons.move(tx, here.season, moved("03-01"), at(2, 5, 9)), here.office.refresh(tx)))
    assert here.do(lambda tx: reminding.compose(tx, first)) is None


def test_an_extended_unit_leaves_the_ladder_of_the_others_and_has_its_own(here: Here) -> None:
    assert here.tick(at(2, 5)) == COMMUNES
    extend(here, "van-hung", date(2024, 2, 29), at(2, 5, 15))
    assert here.tick(at(2, 5, 16)) == 0  # it was told otherwise that it has more time
    assert here.tick(at(2, 6)) == COMMUNES - 1
    # The others are overdue; its own steps are ten, five and two working days before 29 February.
    assert [here.tick(at(2, day)) for day in (15, 21, 22, 27)] == [COMMUNES, COMMUNES - 1, 1, 1]
    own = {of: found for of, found in rows(here).items() if of[0] == date(2024, 2, 29)}
    assert {unit for units in own.values() for unit in units} == {here.unit("van-hung")}
    assert here.unit("van-hung") not in rows(here)[LAST, -1]
    extend(here, "van-hung", None, at(2, 27, 9))
    assert here.tick(at(2, 27, 10)) == 1  # the usual date counts again: it is overdue like the others
    assert here.unit("van-hung") in rows(here)[LAST, -5]


def test_two_units_with_the_same_extension_are_one_date_and_the_usual_day_is_none(here: Here) -> None:
    for unit in ("van-hung", "van-tho"):
        extend(here, unit, date(2024, 2, 29), at(1, 3))
    extend(here, "van-long", LAST, at(1, 3))
    season, milestone = here.office.seasons[0], PLAN.milestone("dang_ky")
    usual, own = here.office.courses(season, milestone)
    assert own.units == {here.unit("van-hung"), here.unit("van-tho")} and own.is_given
    assert usual.concerns(here.unit("van-long"), "xa")
    assert not usual.concerns(here.unit("van-hung"), "xa")
    found = here.office.deadline(season, milestone, "xa", here.unit("van-hung"))
    assert found is not None and found.extended and found.last_day == date(2024, 2, 29)


def test_a_calendar_that_changed_moves_the_days_and_repeats_nothing(here: Here) -> None:
    assert here.tick(at(2, 5)) == COMMUNES  # two working days before 7 February
    years = load_years(ROOT / "plans" / "calendars")
    off = DaysOff(first=date(2024, 2, 7), last=date(2024, 2, 7), name="bão", status="official", source="Công điện")
    here.office.calendar = Calendar(
        [y.model_copy(update={"off": (*y.off, off)}) if y.year == 2024 else y for y in years]
    )
    assert here.tick(at(2, 5, 10)) == COMMUNES  # now one working day is left: that step has come
    assert here.tick(at(2, 6)) == COMMUNES  # and this is the last one
    assert here.tick(at(2, 7)) == 0
    here.office.calendar = CALENDAR
    assert [here.tick(at(2, day)) for day in (6, 7)] == [0, 0]


def dated(here: Here, rule: Any) -> None:
    """The registration of the season has that date."""
    first = PLAN.milestone("dang_ky").model_copy(update={"date": rule})
    others = tuple(m for m in PLAN.milestones if m.id != "dang_ky")
    changed = PLAN.model_copy(update={"milestones": (first, *others), "version": f"{rule.kind}-2024"})
    here.do(lambda tx: (seasons.move(tx, here.season, changed, OPENED), here.office.refresh(tx)))


def composed(here: Here, now: datetime) -> Any:
    """The first message that goes out at that moment."""
    clock = Clock()
    clock.move(now)
    message = here.do(lambda tx: outbox.claim(tx, "a test", 1.0, "telegram"))[0]
    return here.do(lambda tx: Reminding(here.office, clock).compose(tx, message))


@pytest.mark.parametrize(
    ("rule", "day", "words"),
    [
        (InMonth(month="2024-09"), (9, 27), "trong tháng 9/2024 (ngày làm việc cuối cùng là 30/09/2024)"),
        (InQuarter(quarter=2), (6, 27), "trong quý II/2024 (ngày làm việc cuối cùng là 28/06/2024)"),
        (Window(first="03-01", last="03-15"), (3, 14), "từ ngày 01/03/2024 đến"),
    ],
)
def test_a_month_and_a_quarter_are_called_by_their_names_and_reminded_of_by_their_last_day(
    here: Here, rule: Any, day: tuple[int, int], words: str
) -> None:
    dated(here, rule)
    assert here.tick(at(*day)) == COMMUNES
    assert words in composed(here, at(*day, 9)).text


def test_a_ladder_goes_on_over_new_year(here: Here) -> None:
    dated(here, Annual(before="01-10", next_year=True))
    days = [(2024, 12, 11), (2024, 12, 25), (2025, 1, 2), (2025, 1, 7), (2025, 1, 8), (2025, 1, 9), (2025, 1, 10)]
    moments = [datetime(*day, 8, tzinfo=OPENED.tzinfo) for day in days]
    assert [here.tick(moment) for moment in moments] == [COMMUNES] * 7
    assert [here.tick(moment) for moment in reversed(moments)] == [0] * 7  # the clock goes backwards
    assert here.tick(moments[-1]) == 0


def test_an_extended_date_is_called_so(here: Here) -> None:
    extend(here, "van-hung", date(2024, 3, 1), at(2, 1))
    assert here.tick(at(2, 28)) == COMMUNES  # the others, whose date is over, and this one
    clock = Clock()
    clock.move(at(2, 28, 9))
    reminding = Reminding(here.office, clock)
    claimed = here.do(lambda tx: outbox.claim(tx, "a test", 1.0, "telegram"))
    replies = here.do(lambda tx: [reminding.compose(tx, message) for message in claimed])
    (text,) = [reply.text for reply in replies if "xã Vạn Hưng" in reply.text]
    assert "01/03/2024" in text and "Đây là thời hạn đã được gia hạn." in text


# -- units that come and go --------------------------------------------------------------------------------------------


def newcomer(here: Here) -> int:
    """A commune that is entered late, with an officer who can be reached."""

    def enter(tx: Tx) -> int:
        made = units.begin(tx, NewUnit("van-ninh.moi", "xã Mới", "xa", here.unit_of("van-ninh")), on=None, now=at(2, 6))
        here.office.refresh(tx)
        person = people.add(tx, "Mới", made.units[0], OFFICER, at(2, 6))
        contact = people.greet(tx, Address("telegram", "99"), private=True, name="", language="vi", now=at(2, 6))
        people.attach(tx, contact.id, person, at(2, 6))
        return made.units[0]

    return int(here.do(enter))


def test_a_unit_that_appears_after_a_step_went_out_is_told_alone_and_the_groups_list_is_edited(here: Here) -> None:
    address, settled = group(here), Settled()

    def tick(now: datetime) -> int:
        return int(here.do(lambda tx: scan(tx, here.office, now, 0.0, settled)))

    assert tick(at(2, 6)) == COMMUNES + 1
    arrived(here, address)
    assert [tick(at(2, 6, 9)), tick(at(2, 6, 9, 30))] == [0, 0]
    unit = newcomer(here)
    assert tick(at(2, 6, 10)) == 1
    assert unit in rows(here)[LAST, 1]
    assert len([m for m in messages(here) if m.address_id == address]) == 1
    assert [m.address_id for m in messages(here, "refresh")] == [address]
    assert tick(at(2, 6, 11)) == 0


def test_a_unit_that_owes_again_is_told_again_that_day(here: Here) -> None:
    settled = Settled()

    def tick(now: datetime) -> int:
        return int(here.do(lambda tx: scan(tx, here.office, now, 0.0, settled)))

    close(here, "van-hung")
    assert tick(at(2, 6)) == COMMUNES - 1
    assert [tick(at(2, 6, 9)), tick(at(2, 6, 10))] == [0, 0]
    about = {"season_id": here.season, "unit_id": here.unit("van-hung"), "milestone": "dang_ky", "kind": "none"}
    here.do(lambda tx: owing.reopen(tx, **about))
    assert [tick(at(2, 6, 11)), tick(at(2, 6, 12))] == [1, 0]


def test_what_is_settled_is_not_worked_out_again_with_every_tick(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    made = dues.made
    monkeypatch.setattr(dues, "made", lambda tx, **about: looks.append(about["milestone"]) or made(tx, **about))
    settled = Settled()
    for hour in (8, 9, 10, 11, 12):
        here.do(lambda tx, hour=hour: scan(tx, here.office, at(2, 6, hour), 0.0, settled))
    assert looks.count("dang_ky") == 2  # made, and seen to be made
    here.do(lambda tx: scan(tx, here.office, at(2, 7), 0.0, settled))
    assert looks.count("dang_ky") == 3


def test_a_merged_unit_is_let_go_and_the_one_that_follows_is_told(here: Here) -> None:
    assert here.tick(at(2, 5)) == COMMUNES
    parts = [here.unit("van-hung"), here.unit("van-tho")]

    def merge(tx: Tx) -> int:
        new = NewUnit("van-ninh.hung-tho", "xã Hưng Thọ", "xa", here.unit_of("van-ninh"))
        made = units.merge(tx, parts, new, on=date(2024, 2, 6), decision="Nghị quyết 1", now=at(2, 6))
        here.office.refresh(tx)
        return made.units[0]

    heir = here.do(merge)
    here.tick(at(2, 6))
    reminded = rows(here)
    assert heir in reminded[LAST, 1] and not set(parts) & set(reminded[LAST, 1])
    assert set(parts) <= set(reminded[LAST, 2])


# -- one message -------------------------------------------------------------------------------------------------------


def test_what_falls_due_at_once_is_one_message_to_a_person_and_one_each_to_a_group(store: Store) -> None:
    twin = PLAN.milestone("dang_ky").model_copy(update={"id": "ke_hoach", "name": "Kế hoạch của đơn vị"})
    twins = PLAN.model_copy(update={"milestones": (*PLAN.milestones, twin), "version": "twins"})
    here = seed(store)
    here.do(lambda tx: (seasons.move(tx, here.season, twins, OPENED), here.office.refresh(tx)))
    address = group(here)
    assert here.tick(at(2, 6)) == COMMUNES + 2
    assert {len(m.payload["items"]) for m in messages(here) if m.address_id != address} == {2}
    claimed = here.do(lambda tx: outbox.claim(tx, "a test", 1.0, "telegram"))
    first = next(message for message in claimed if message.address_id != address)
    clock = Clock()
    clock.move(at(2, 6, 9))
    reminding = Reminding(here.office, clock)
    reply = here.do(lambda tx: reminding.compose(tx, first))
    assert reply.title == "Có 2 việc cần thực hiện"
    assert "1) Đăng ký điển hình" in reply.text and "2) Kế hoạch của đơn vị" in reply.text
    assert reply.text.count("Trân trọng cảm ơn") == 1
    labels = [choice.label for choice in reply.options()]
    assert labels[:3] == ["Đã nhận (1)", "Nhắc lại sau (1)", "Đã gửi rồi (1)"] and labels[-1] == "Việc của tôi"
    unit = next(u for u, c in here.do(lambda tx: _contacts(tx, here)) if c == first.address_id)
    about = {"season_id": here.season, "unit_id": unit, "kind": "none", "person_id": 1, "now": OPENED}
    here.do(lambda tx: owing.close(tx, milestone="dang_ky", **about))  # between the scan and the mark
    one = here.do(lambda tx: reminding.compose(tx, first))
    assert one.title.startswith("Kế hoạch của đơn vị") and "Đăng ký điển hình" not in one.text
    here.do(lambda tx: owing.close(tx, milestone="ke_hoach", **about))
    assert here.do(lambda tx: reminding.compose(tx, first)) is None


def _contacts(tx: Tx, here: Here) -> list[tuple[int, int]]:
    found = people.contacts_of_units(tx, list(here.office.units), OFFICER, on=date(2024, 2, 6))
    return [(unit, contact.id) for unit, contact in found]


def test_the_next_step_closes_the_groups_list_of_the_one_before(here: Here) -> None:
    address = group(here)
    here.tick(at(2, 5))
    arrived(here, address, "77")
    here.tick(at(2, 6))
    (edit,) = messages(here, "refresh")
    clock = Clock()
    clock.move(at(2, 6, 9))
    message = outbox.Message(
        edit.id, address, "telegram", GROUP, "", "refresh", 10, edit.subject, edit.payload, 0, False
    )
    reply = here.do(lambda tx: Reminding(here.office, clock).compose_again(tx, message))
    assert reply.edits == "77" and "Chưa trả lời (13)" in reply.text, "what followed has not gone out: it was cancelled"
    arrived(here, address, "78")
    reply = here.do(lambda tx: Reminding(here.office, clock).compose_again(tx, message))
    assert (reply.edits, reply.pin) == ("77", "unpin")
    assert "Đã có lời nhắc mới hơn" in reply.text
    close(here, "van-hung")
    here.do(lambda tx: outbox.refresh(tx, dues.subject(here.season, "dang_ky", LAST), at(2, 6, 9), not_before=0.0))
    assert [m.payload["post"] for m in messages(here, "refresh")[1:]] == [
        max(m.id for m in messages(here) if m.address_id == address)
    ]


def test_the_next_step_closes_a_list_too_that_is_only_about_to_leave(here: Here) -> None:
    address = group(here)
    here.tick(at(2, 5))  # nothing is sent: the line is down
    here.tick(at(2, 6))
    first, second = [m.id for m in messages(here) if m.address_id == address]
    (edit,) = messages(here, "refresh")
    assert first < second < edit.id
    assert (edit.payload["post"], edit.payload["retired"], edit.subject) == (first, second, f"post:{first}")
    arrived(here, address)
    here.do(lambda tx: outbox.refresh(tx, dues.subject(here.season, "dang_ky", LAST), at(2, 6, 9), not_before=0.0))
    assert [m.payload["post"] for m in messages(here, "refresh")[1:]] == [second]


def test_a_reminder_is_composed_by_an_extension_that_another_process_has_just_given(here: Here) -> None:
    assert here.tick(at(2, 6)) == COMMUNES
    about = {"season_id": here.season, "unit_id": here.unit("van-hung"), "milestone": "dang_ky"}
    given = {"until": date(2024, 2, 23), "reason": "mưa lũ", "person_id": 1, "at": at(2, 6, 8)}
    here.do(lambda tx: tx.execute(insert(extension).values(**about, **given)).rowcount)
    clock = Clock()
    clock.move(at(2, 6, 9))
    claimed = here.do(lambda tx: outbox.claim(tx, "a test", 1.0, "telegram"))
    said = [here.do(lambda tx, m=m: Reminding(here.office, clock).compose(tx, m)) for m in claimed]
    assert said.count(None) == 1, "the unit that was given more time"
    assert len([reply for reply in said if reply]) == COMMUNES - 1


# -- the office's word -------------------------------------------------------------------------------------------------


def asking(here: Here) -> int:
    """The season asks before the first reminder; Bảy of the office can be reached."""

    def enter(tx: Tx) -> int:
        seasons.release(tx, here.season, OPENED, reminders=seasons.ASK)
        id = people.add(tx, "Bảy", here.unit_of("van-ninh"), STANDING_OFFICE, OPENED)
        contact = people.greet(tx, Address("telegram", "70"), private=True, name="", language="vi", now=OPENED)
        people.attach(tx, contact.id, id, OPENED)
        here.office.refresh(tx)
        return contact.id

    return int(here.do(enter))


def test_the_first_reminder_waits_for_the_office_the_next_ones_do_not(here: Here) -> None:
    bay = asking(here)
    assert here.tick(at(2, 2)) == 1
    assert here.steps()[5] == "waiting"
    (notice,) = messages(here, "notice")
    assert notice.address_id == bay
    assert "gửi" in notice.payload["choices"][0][0][0].lower()
    assert notice.payload["choices"][0][0][1] == f"c:lichnhac:gui:n{here.season}:{DANG_KY}:k240214:s5"
    assert "Chưa trả lời (13)" in notice.payload["text"]
    assert here.tick(at(2, 2, 9)) == 0
    clock = Clock()
    clock.move(at(2, 2, 10))
    reminding, season, milestone = Reminding(here.office, clock), here.office.seasons[0], PLAN.milestone("dang_ky")
    told = here.do(lambda tx: reminding.send(tx, season, milestone, LAST, 5, at(2, 2, 10), 0.0, person_id=1))
    assert (told.units, told.people, told.groups, told.unreached, told.at) == (COMMUNES, COMMUNES, 0, [], at(2, 2, 10))
    assert here.steps()[5] == "released"
    assert here.tick(at(2, 5)) == COMMUNES  # the word was for all of it


def test_a_step_that_waits_gives_way_to_the_next_one_and_its_notice_is_not_sent_any_more(here: Here) -> None:
    asking(here)
    here.tick(at(2, 2))
    (notice,) = here.do(lambda tx: outbox.claim(tx, "a test", 1.0, "telegram"))
    assert here.tick(at(2, 5)) == 1
    assert (here.steps()[5], here.steps()[2]) == ("overtaken", "waiting")
    clock = Clock()
    clock.move(at(2, 5, 9))
    reminding = Reminding(here.office, clock)
    assert here.do(lambda tx: reminding.notice(tx, notice)) is None
    assert rows(here) == {}


def test_nobody_is_asked_whether_the_office_may_be_told_of_its_own_report(here: Here) -> None:
    asking(here)
    assert here.tick(at(9, 27)) == 1
    assert here.steps("bao_cao_nam") == {
        20: "overtaken",
        10: "overtaken",
        5: "overtaken",
        2: "overtaken",
        1: "released",
    }
    assert [m.kind for m in messages(here)] == ["reminder"]


def test_an_urging_goes_to_those_it_is_meant_for_once(here: Here) -> None:
    clock = Clock()
    clock.move(at(1, 20, 20))  # a Saturday evening
    reminding, season, milestone = Reminding(here.office, clock), here.office.seasons[0], PLAN.milestone("dang_ky")
    close(here, "van-tho")
    meant = [here.unit("van-hung"), here.unit("van-tho")]

    def urge(number: int) -> Any:
        return here.do(
            lambda tx: reminding.send(
                tx, season, milestone, LAST, URGE + number, at(1, 20, 20), 0.0, unit_ids=meant, person_id=1
            )
        )

    told = urge(0)
    assert (told.units, told.people, told.at) == (1, 1, at(1, 22, 7, 30))
    assert (urge(0).units, urge(1).units) == (0, 1)
    meant.append(here.unit("van-thanh"))
    assert urge(1).units == 0, "what another pressed at the same moment, for units of theirs, is not ours to fill"
    meant.pop()
    preview = here.do(lambda tx: reminding.preview(tx, season, milestone, LAST, URGE, language("vi"), unit_ids=meant))
    assert "Chưa trả lời (1): xã Vạn Hưng." in preview.text
    with pytest.raises(LookupError):
        here.do(lambda tx: reminding.preview(tx, season, milestone, date(2024, 3, 1), 5, language("vi")))


# -- what units answer -------------------------------------------------------------------------------------------------


def test_received_skips_exactly_the_next_step(here: Here) -> None:
    here.tick(at(2, 2))
    assert answer(here, "van-hung", "seen", 5, at(2, 2, 9))
    assert not answer(here, "van-hung", "seen", 5, at(2, 2, 10))
    assert [here.tick(at(2, day)) for day in (5, 6)] == [COMMUNES - 1, COMMUNES]
    assert here.unit("van-hung") not in rows(here)[LAST, 2]


def test_received_after_an_urging_skips_the_next_step_of_the_ladder(here: Here) -> None:
    here.tick(at(1, 24))
    clock = Clock()
    clock.move(at(1, 29, 9))
    reminding, season, milestone = Reminding(here.office, clock), here.office.seasons[0], PLAN.milestone("dang_ky")
    here.do(lambda tx: reminding.send(tx, season, milestone, LAST, URGE, at(1, 29, 9), 0.0, person_id=1))
    answer(here, "van-hung", "seen", URGE, at(1, 29, 10))
    assert [here.tick(at(1, 31)), here.tick(at(2, 5))] == [COMMUNES - 1, COMMUNES]


def test_received_before_an_outage_leaves_out_what_the_outage_swallows_and_no_more(here: Here) -> None:
    here.tick(at(1, 10))
    assert answer(here, "van-hung", "seen", 20, at(1, 10, 9))  # the next one is 24 January; the one after was promised
    assert here.tick(at(1, 31)) == COMMUNES


def test_received_after_an_outage_does_not_leave_out_the_last_working_day(here: Here) -> None:
    assert here.tick(at(2, 6, 10)) == COMMUNES  # what was missed, as one
    assert answer(here, "van-hung", "seen", 1, at(2, 6, 11))
    assert here.tick(at(2, 7)) == COMMUNES


def test_later_is_later_and_then_it_comes_once(here: Here) -> None:
    here.tick(at(1, 24))
    assert answer(here, "van-hung", "later", 10, at(1, 24, 9), date(2024, 2, 2))
    assert here.tick(at(1, 31)) == COMMUNES - 1
    assert [here.tick(at(2, 1)), here.tick(at(2, 2)), here.tick(at(2, 2, 9))] == [0, 1, 0]
    assert here.tick(at(2, 5)) == COMMUNES
    assert answer(here, "van-hung", "later", 2, at(2, 5, 9), date(2024, 2, 7))
    assert answer(here, "van-hung", "later", 2, at(2, 5, 9), date(2024, 2, 6))  # changed one's mind
    assert [here.tick(at(2, 6)), here.tick(at(2, 7))] == [COMMUNES, COMMUNES]


def test_whoever_says_that_it_is_done_is_left_alone_until_that_is_refused(here: Here) -> None:
    here.tick(at(2, 2))
    assert answer(here, "van-hung", "done", 5, at(2, 2, 9))
    assert here.tick(at(2, 5)) == COMMUNES - 1
    assert [c.unit_id for c in here.do(lambda tx: responses.open_claims(tx, [here.season]))] == [here.unit("van-hung")]
    assert answer(here, "van-hung", "refused", 5, at(2, 5, 9))
    assert here.do(lambda tx: responses.open_claims(tx, [here.season])) == []
    assert here.tick(at(2, 6)) == COMMUNES
    assert answer(here, "van-hung", "done", 5, at(2, 6, 9))  # said again
    assert here.tick(at(2, 7)) == COMMUNES - 1


def test_who_answered_between_the_scan_and_the_sending_is_left_alone_and_stands_in_the_groups_list(here: Here) -> None:
    address = group(here)
    here.tick(at(2, 6))
    claimed = {m.address_id: m for m in here.do(lambda tx: outbox.claim(tx, "a test", 1.0, "telegram"))}
    unit, contact = here.do(lambda tx: _contacts(tx, here))[0]
    name = here.office.units[unit].code.rpartition(".")[2]
    answer(here, name, "done", 1, at(2, 6, 9))
    clock = Clock()
    clock.move(at(2, 6, 9))
    reminding = Reminding(here.office, clock)
    assert here.do(lambda tx: reminding.compose(tx, claimed[contact])) is None
    posted = here.do(lambda tx: reminding.compose(tx, claimed[address]))
    assert here.office.units[unit].name in posted.text and "Chưa trả lời (13)" in posted.text


def test_silence_is_counted_from_the_last_answer(here: Here) -> None:
    here.tick(at(1, 24))
    here.tick(at(1, 31))
    answer(here, "van-hung", "seen", 5, at(1, 31, 9))
    here.tick(at(2, 5))

    def silent(at_least: int) -> dict[int, int]:
        return here.do(lambda tx: dues.silent(tx, here.season, "dang_ky", LAST, at_least))  # type: ignore[no-any-return]

    assert here.unit("van-hung") not in silent(1)  # the next one was skipped: nothing was sent since
    assert set(silent(3).values()) == {3} and len(silent(3)) == COMMUNES - 1
    here.tick(at(2, 6))
    assert silent(1)[here.unit("van-hung")] == 1


def test_a_day_counts_once_towards_silence_whatever_went_on_it(here: Here) -> None:
    here.tick(at(1, 24))
    clock = Clock()
    clock.move(at(1, 24, 9))
    reminding, season, milestone = Reminding(here.office, clock), here.office.seasons[0], PLAN.milestone("dang_ky")

    def send(step: int, now: datetime) -> None:
        here.do(lambda tx: reminding.send(tx, season, milestone, LAST, step, now, 0.0, person_id=1))

    def silent() -> set[int]:
        return set(here.do(lambda tx: dues.silent(tx, here.season, "dang_ky", LAST, 1)).values())

    send(URGE, at(1, 24, 9))
    assert silent() == {1}, "the office's urging of the same morning is no reminder that went unanswered"
    here.do(lambda tx: dues.mark_step(tx, here.season, "dang_ky", LAST, 5, dues.HELD, at(1, 31, 8)))
    send(5, at(2, 5, 7))  # kept back until the morning of the next one
    here.tick(at(2, 5))
    assert silent() == {2}


# -- days that the office set itself ------------------------------------------------------------------------------------


def test_a_monthly_duty_of_a_function_has_its_months_once_the_office_has_set_a_day(store: Store) -> None:
    ninh_thuan = plan("ninh-thuan")
    office = Office({"ninh-thuan": ninh_thuan}, CALENDAR)

    def enter(tx: Tx) -> int:
        seasons.begin(tx, ninh_thuan, 2024, OPENED)
        units.plant(tx, ninh_thuan.units)
        office.refresh(tx)
        root = office.root(ninh_thuan)
        assert root is not None
        id = people.add(tx, "Bảy", root.id, STANDING_OFFICE, OPENED)
        contact = people.greet(tx, Address("telegram", "70"), private=True, name="", language="vi", now=OPENED)
        people.attach(tx, contact.id, id, OPENED)
        paper = office.units.coded("ninh-thuan.bao")
        assert paper is not None
        editor = people.add(tx, "Biên", paper.id, OFFICER, OPENED)
        desk = people.greet(tx, Address("telegram", "71"), private=True, name="", language="vi", now=OPENED)
        people.attach(tx, desk.id, editor, OPENED)
        season = office.seasons[0].id
        own_days.decide(tx, season_id=season, milestone="chuyen_muc", day=25, person_id=id, now=OPENED)
        office.refresh(tx)
        return contact.id

    store.run(enter)
    here = Here(store, office)
    season, laid = office.seasons[0], office.plan(office.seasons[0])
    months = [m for m in laid.occasions if m.series == "chuyen_muc"]
    assert [m.id for m in months][:2] == ["chuyen_muc_m01", "chuyen_muc_m02"] and len(months) == 12
    found = office.deadline(season, months[1])
    assert found is not None and found.own and found.last_day == date(2024, 2, 25)
    assert here.tick(at(2, 16)) == 2  # five working days before Friday 23 February: the office, and the paper itself
    claimed = here.do(lambda tx: outbox.claim(tx, "a test", 1.0, "telegram"))
    clock = Clock()
    clock.move(at(2, 16, 9))
    reply, asked = here.do(lambda tx: [Reminding(office, clock).compose(tx, message) for message in claimed])
    assert "lưu ý nhắc Báo Ninh Thuận" in reply.text and "đề nghị Báo Ninh Thuận" in asked.text
    assert [choice.label for choice in asked.options()][:3] == ["Đã nhận", "Nhắc lại sau", "Đã gửi rồi"]
    assert "Chuyên mục" in reply.title and "tháng 02" in reply.title
    assert laid.holder("tuyen_truyen", date(2024, 2, 16)) in reply.text
    assert "tự ấn định" in reply.text
    assert [here.tick(at(2, 19)), here.tick(at(2, 22)), here.tick(at(2, 23)), here.tick(at(2, 27))] == [0, 2, 2, 0]
    here.do(
        lambda tx: (own_days.forget(tx, season_id=season.id, milestone="chuyen_muc", now=OPENED), office.refresh(tx))
    )
    assert not [m for m in office.plan(season).occasions if m.series == "chuyen_muc"]


# -- rows of an earlier version ----------------------------------------------------------------------------------------


def test_rows_of_an_earlier_version_are_given_their_date_and_nothing_is_sent_again(here: Here) -> None:
    address = group(here)

    def as_before(tx: Tx) -> None:
        old = {"season_id": here.season, "milestone": "dang_ky", "deadline": dues.UNKNOWN}
        tx.execute(insert(step).values(**old, step=2, state="released", at=at(2, 5)))
        tx.execute(insert(step).values(**old, step=5, state="overtaken", at=at(2, 5)))
        for unit in here.office.units.values():
            if unit.parent_id:
                tx.execute(
                    insert(due).values(**old, unit_id=unit.id, step=2, due_on=date(2024, 2, 5), made_at=at(2, 5))
                )
        payload = {"season": here.season, "milestone": "dang_ky", "step": 2, "day": "2024-02-05"}
        outbox.add(
            tx, address, "reminder", "old", payload, at(2, 5), not_before=0.0, subject=f"due:{here.season}:dang_ky"
        )

    here.do(as_before)
    assert here.do(lambda tx: settle_earlier(tx, here.office)) == 2
    assert here.do(lambda tx: settle_earlier(tx, here.office)) == 0
    assert here.steps() == {2: "released", 5: "overtaken"}
    assert counted(here) == {(LAST, 2): COMMUNES}
    assert here.tick(at(2, 5, 10)) == 0
    assert here.tick(at(2, 6)) == COMMUNES + 1
    (old, *_) = messages(here)
    assert old.payload["items"] == [[here.season, "dang_ky", "2024-02-14", 2]]
    assert old.subject == f"over:{dues.subject(here.season, 'dang_ky', LAST)}", "the next step follows it"
