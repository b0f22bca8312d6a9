"""The pages and the pieces of pages that the web chat shows, made from its rows by Jinja2."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from bot.channels.webchat.log import Row
from bot.channels.webchat.visitors import Persona
from bot.clock import ZONE
from bot.posted import IMAGES
from bot.texts import KNOWN, Language

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"
COMMAND = re.compile(r"(?<![^\s(])/[a-z]{2,20}(?![\w/]|\.\w)")
"""“/viec” where a sentence names it, but nothing inside a link or a quotation with words behind it."""

TONES = 6
"""Colours for the initials of people, as many as style.css has."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One chat on the page: whose it is, what was said in it, who may speak (in a group), the code it opens with."""

    chat: str
    name: str
    role: str
    rows: Sequence[Row]
    group: bool = False
    speakers: Sequence[Persona] = ()
    code: str = ""
    tone: int = 0

    @property
    def initial(self) -> str:
        return self.name.split()[-1][0].upper() if self.name.split() else ""

    @property
    def short(self) -> str:
        """The name where there is little room: “Chị Lan”, but “Nhóm” of “Nhóm Dân vận khéo Vạn Ninh”."""
        return self.name.split()[0] if self.group and self.name.split() else self.name


@dataclass(frozen=True, slots=True)
class Link:
    """One of the page's own texts with a place to go: a quick jump of the clock, or the other language."""

    label: str
    to: str
    moment: str = ""


class Pages:
    """Renders; every sentence goes through the language that is handed in."""

    def __init__(self, file_limit: int) -> None:
        self._file_limit = file_limit
        self._jinja = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._jinja.filters["megabytes"] = lambda size: size // (1024 * 1024)
        self._jinja.filters["commands"] = _commands

    def chat(self, panel: Panel, language: Language, *, demo: bool = False) -> str:
        """The page with one chat."""
        return self._page("chat.html", [panel], language, demo=demo)

    def demo(
        self, panels: Sequence[Panel], now: datetime, jumps: Sequence[tuple[str, datetime]], language: Language
    ) -> str:
        """The page with everybody side by side, and the clock above them."""
        shortcuts = [Link(language.say(label), to.isoformat(), language.moment(to)) for label, to in jumps]
        local = f"{now:%Y-%m-%dT%H:%M}"
        return self._page(
            "demo.html", panels, language, demo=True, clock=self.clock(now, language), local=local, jumps=shortcuts
        )

    def message(self, chat: str, row: Row, language: Language) -> str:
        """One message, as it stands in the log of its chat."""
        return self._jinja.get_template("message.html").render(
            bubble=self._bubble(chat, row, language), say=language.say, language=language
        )

    def clock(self, now: datetime, language: Language) -> str:
        """What the demo's clock shows."""
        return self._jinja.get_template("clock.html").render(
            time=f"{now:%H:%M}", day=_day(now, language), moment=now.isoformat(timespec="minutes")
        )

    def _page(self, template: str, panels: Sequence[Panel], language: Language, **more: Any) -> str:
        after = max((row.id for panel in panels for row in panel.rows), default=0)
        asked = [("as", panel.chat) for panel in panels] if more["demo"] else []
        return self._jinja.get_template(template).render(
            panels=[(panel, [self._bubble(panel.chat, row, language) for row in panel.rows]) for panel in panels],
            events="/chat/events?" + urlencode([*asked, ("after", after), ("lang", language.code)]),
            others=[Link({"vi": "Tiếng Việt", "en": "English"}[code], code) for code in KNOWN if code != language.code],
            file_limit=self._file_limit,
            say=language.say,
            language=language,
            **more,
        )

    def _bubble(self, chat: str, row: Row, language: Language) -> dict[str, Any]:
        content, at = row.content, row.at.astimezone(ZONE)
        files = [
            {
                **file,
                "shown": bool(file["sha256"]) and file["media"] in IMAGES,
                "href": f"/chat/file/{file['sha256']}?as={chat}",
            }
            for file in content.get("files", ())
        ]
        return {
            "id": row.id,
            "side": row.side,
            "kind": content.get("kind", ""),
            "name": content.get("name", ""),
            "who": content.get("who", ""),
            "update": content.get("update", ""),
            "title": content.get("title", ""),
            "text": content["text"],
            "choices": content.get("choices", ()),
            "files": files,
            "edited": bool(content.get("edited") or content.get("edits")),
            "time": f"{at:%H:%M}",
            "day": _day(at, language),
            "moment": at.isoformat(timespec="minutes"),
        }


def _commands(html: Markup) -> Markup:
    """Every command that the bot names can be pressed, as on Telegram."""
    return Markup(COMMAND.sub(r'<button type="button" class="command">\g<0></button>', str(html)))


def _day(moment: datetime, language: Language) -> str:
    """Weekday and date, “Thứ Ba, 06/02/2024”; `moment` stands in the plan's zone already."""
    return f"{format_date(moment, 'EEEE', locale=language.code)}, {language.date(moment)}"
