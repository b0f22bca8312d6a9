"""One plan on trial: its rules worked out, or its sentences heard by a person, with the plan as it is or as it was changed."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from docx import Document
from openpyxl import load_workbook

from bot import conversation
from bot.clock import ZONE
from bot.plan.calendars import load_years
from bot.plan.errata import locate
from bot.plan.finding import item_name
from bot.plan.model import Plan
from bot.rules.access import OFFICER
from bot.rules.calendar import Calendar, Deadline, Undated, due
from bot.texts import language
from tests.talk import Act, Speaker
from tests.world import World, world

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FORM = 30
"""Answers; no plan's form asks for more, so that a form that goes round in a circle is seen."""
BROKEN = language("vi").say(conversation.BROKEN)


@cache
def calendar() -> Calendar:
    """The project's own calendars."""
    return Calendar(load_years(ROOT / "plans" / "calendars"))


class Trial:
    """A plan, and what can be asked of it."""

    def __init__(self, plan: Plan, ready: Path) -> None:
        self.plan = plan
        self._ready = ready

    def of(self, plan: Plan) -> Trial:
        """The same for another plan."""
        return Trial(plan, self._ready)

    @staticmethod
    def day(written: str) -> date:
        return date.fromisoformat(written)

    def due(self, milestone: str, year: int, unit_kind: str = "") -> Deadline | Undated | None:
        """When that occasion falls due."""
        return due(self.plan, self.plan.occasion(milestone), year, calendar(), unit_kind)

    def last_days(self, milestone: str, year: int) -> tuple[str, str]:
        """(last calendar day, last working day), as "YYYY-MM-DD"."""
        found = self.due(milestone, year)
        assert isinstance(found, Deadline), found
        return found.last_day.isoformat(), found.last_working_day.isoformat()

    @asynccontextmanager
    async def world(self, at: str, seasons: Sequence[tuple[str, int]] = ()) -> AsyncIterator[World]:
        """The whole app with this plan alone, at that moment ("2024-02-05T09:00"), people at the terminal."""
        with tempfile.TemporaryDirectory(prefix="kheo-trial-") as folder:
            moment = datetime.fromisoformat(at).replace(tzinfo=ZONE)
            async with world(
                Path(folder), "terminal", ready=self._ready, at=moment, plans=[self.plan], seasons=seasons
            ) as here:
                yield here

    @asynccontextmanager
    async def guest(
        self, at: str, unit: str, role: str = OFFICER, seasons: Sequence[tuple[str, int]] = ()
    ) -> AsyncIterator[Guest]:
        """The same with one person of that unit in it."""
        async with self.world(at, seasons) as here:
            yield await Guest.of(here, unit, role)

    async def hears(self, *sentences: str, at: str, unit: str, role: str = OFFICER) -> str:
        """All that a person of that unit is told when they say these sentences one after the other."""
        async with self.guest(at, unit, role) as guest:
            return "\n".join([await guest.says(sentence) for sentence in sentences])


class Guest:
    """Somebody in the world of a trial, who waits after each word until nothing more comes, and reads it all."""

    def __init__(self, here: World, speaker: Speaker) -> None:
        self.here = here
        self.speaker = speaker

    @classmethod
    async def of(cls, here: World, unit: str, role: str = OFFICER, channel: str = "") -> Guest:
        """A person of that unit; only one of a world can sit at its terminal, the others need another `channel`."""
        return cls(here, await here.person("Lan" if not channel else "Bảy", unit, role, channel=channel))

    async def says(self, text: str) -> str:
        return await self._heard(self.speaker.says(text))

    async def picks(self, label: str) -> str:
        return await self._heard(self.speaker.picks(label))

    async def sends(self, name: str, data: bytes = b"%PDF-1.4 van ban") -> str:
        return await self._heard(self.speaker.sends_document(name, data))

    async def answers(self, *answers: str) -> str:
        """Says one after the other, or presses it if it begins with “>”; returns what the last one brought."""
        heard = ""
        for answer in answers:
            heard = await (self.picks(answer[1:]) if answer.startswith(">") else self.says(answer))
        return heard

    async def hands_in(self, duty: str, words: str = "Đã tổ chức 12 cuộc đối thoại với Nhân dân.") -> str:
        """Hands in a report or document: `words`, or a file, where something must be given; the rest is skipped."""
        heard = await self.answers("/baocao", f">Soạn: {duty}")
        for _ in range(LONGEST_FORM):
            if self._can("Nộp"):
                return await self.picks("Nộp")
            if self._can("Bỏ qua"):
                heard = await self.picks("Bỏ qua")
            elif self._can("Xong"):
                heard = await self.picks("Xong")
            elif "ảnh, tài liệu" in heard:
                heard = await self.sends("van-ban.pdf")
            else:
                heard = await self.says(words)
        raise AssertionError(f"“{duty}” cannot be handed in:\n{heard}")

    async def registers(self, *answers: str) -> str:
        """Hands in a registration with these first answers; what may be skipped after them is."""
        return await self.finishes("/dangky", *answers)

    async def finishes(self, *answers: str) -> str:
        """The same with a registration that was begun."""
        await self.answers(*answers)
        for _ in range(LONGEST_FORM):
            if self._can("Bỏ qua"):
                await self.picks("Bỏ qua")
        return await self.picks("Nộp bản đăng ký")

    async def enters_letter(self, duty: str) -> str:
        """The standing office notes the letter that answers its own duty."""
        day = self.here.app.clock.now()
        await self.answers("/viec", f">Ghi nhận văn bản: {duty}", "01/HD-SNV", f"{day:%d/%m/%Y}")
        return await self.picks("Ghi nhận văn bản")

    async def sets_day(self, duty: str, day: str) -> str:
        """The office sets itself a day for a duty whose document names none."""
        await self.says("/datngay")
        await self.picks(next(one for one in self.speaker.last.labels if one.startswith(f"Đặt ngày: {duty}")))
        return await self.says(day)

    async def table(self) -> dict[str, list[str]]:
        """The season as the workbook that the standing office gets: each sheet's rows, cells joined by “; ”."""
        book = load_workbook(self._file(await self.says("/bangtonghop"), "xlsx"))
        return {sheet.title: ["; ".join(str(cell) for cell in row) for row in sheet.values] for sheet in book}

    def paper(self, heard: str) -> str:
        """The text of the Word file that came with what was heard."""
        made = Document(self._file(heard, "docx"))
        cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(paragraph.text for paragraph in made.paragraphs), *cells])

    def _file(self, heard: str, ending: str) -> str:
        """Where the terminal has put the file of that kind."""
        found = re.search(rf"^/.+\.{ending}$", heard, re.MULTILINE)
        assert found, f"no {ending} came:\n{heard}"
        return found[0]

    async def owing(self, milestone: str) -> set[str]:
        """The codes of the units that owe it at this moment."""
        office = self.here.app.office
        (season, plan), *_ = office.running(self.here.app.clock.now())
        duty = plan.occasion(milestone)
        bound = office.bound(season, duty)
        late = await self.here.app.store.read(lambda tx: office.still_owing(tx, season, duty, bound))
        return {office.units[id].code for id in late}

    def _can(self, label: str) -> bool:
        return label in self.speaker.last.labels

    async def is_told(self, day: str) -> str:
        """What comes unasked in the morning of that day ("2024-02-05"); empty: nothing."""
        self.speaker.mark()
        morning = date.fromisoformat(day)
        await self.here.it_is(morning.year, morning.month, morning.day)
        return self.speaker.since()

    async def _heard(self, act: Act) -> str:
        await act
        await self.speaker.hears()
        await self.here.quiet()
        heard = self.speaker.since()
        if BROKEN in heard:
            raise RuntimeError(f"a turn broke, which no plan may cause:\n{heard}")
        return heard


def piece(plan: Plan, path: str) -> Any:
    """What stands at a path such as “milestones.quy_1” or “levels.huyen.dossier.copies”; KeyError if nothing does."""
    found: Any = plan.model_dump()
    rest = path
    while rest:
        if isinstance(found, dict):
            key, _, rest = rest.partition(".")
            found = found[key]
            continue
        named = [(item_name(item), item) for item in found]
        for name, item in named:
            if name and (rest == name or rest.startswith(f"{name}.")):
                found, rest = item, rest[len(name) + 1 :]
                break
        else:
            raise KeyError(rest)
    return found


def changed(plan: Plan, change: str) -> Plan:
    """The plan with one value changed: "milestones.quy_1.date.before = 2023-03-25"; the value is JSON or plain words."""
    path, equals, value = change.partition(" = ")
    assert equals, f"“{change}” is no “path = value”"
    tree: dict[str, Any] = plan.model_dump()
    holder, key = locate(tree, path.strip())
    new = _value(value.strip())
    assert holder[key] != new, f"“{change}” changes nothing"
    holder[key] = new
    return Plan.model_validate(tree)


def _value(written: str) -> Any:
    try:
        return json.loads(written)
    except ValueError:
        return written
