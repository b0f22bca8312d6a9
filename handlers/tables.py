"""The visible tables: what can be commanded, asked in plain words, and handed in."""

from __future__ import annotations

from bot.lookup.intents import Understood, understand
from bot.texts import mark
from bot.turn import Preview, Script, Turn
from handlers import (
    correcting,
    deadlines,
    evidence,
    filling,
    help,
    joining,
    lookup,
    paper,
    progress,
    registration,
    reminding,
    self_score,
    tasks,
)

COMMANDS = {
    "dangky": registration.begin,
    "dudangky": registration.complete,
    "khongdangky": registration.none_this_year,
    "tucham": self_score.begin,
    "diem": lookup.show,
    "vidau": lookup.explain,
    "tiendo": progress.show,
    "han": deadlines.show,
    "viec": tasks.show,
    "mo": tasks.open_draft,
    "vanban": paper.begin,
    "lichnhac": reminding.act,
    "lienket": joining.link,
    "ngonngu": joining.choose_language,
    "trogiup": help.show,
    "help": help.show,
}

PHRASES = {
    "register.begin": registration.begin,
    "register.complete": registration.complete,
    "register.none": registration.none_this_year,
    "score.enter": self_score.begin,
    "score.show": lookup.show,
    "exemplars.list": lookup.show,
    "score.explain": lookup.explain,
    "score.missing": lookup.explain,
    "score.refuse": help.no_inventing,
    "progress.show": progress.show,
    "deadline.show": deadlines.show,
    "deadline.explain": deadlines.explain,
    "criteria.show": deadlines.criteria,
    "evidence.hint": deadlines.criteria,
    "erratum.explain": deadlines.erratum,
    "quota.show": deadlines.quota,
    "todo.mine": tasks.show,
    "reminders.show": reminding.show,
    "paper.note": paper.begin,
    "help": help.show,
    "greeting": help.hello,
    "thanks": help.thanks,
    "out_of_scope": help.outside,
}

FINISHERS = {
    registration.FORM: registration.FINISHER,
    self_score.FORM: self_score.FINISHER,
    paper.FORM: paper.FINISHER,
}

# What a group may hear: dates, states and progress; never a form, never points.
GROUPS = frozenset({"diem", "tiendo", "han", "viec", "lienket", "trogiup", "help"})
UNLINKED_GROUPS = frozenset({"lienket", "trogiup", "help"})
GROUP_PHRASES = frozenset(
    {
        "score.show",
        "exemplars.list",
        "progress.show",
        "deadline.show",
        "deadline.explain",
        "criteria.show",
        "evidence.hint",
        "erratum.explain",
        "quota.show",
        "help",
        "greeting",
        "thanks",
        "out_of_scope",
    }
)

MENU = (
    ("viec", mark("my tasks: what I still owe")),
    ("dangky", mark("register an exemplar")),
    ("tucham", mark("score an exemplar against each criterion")),
    ("diem", mark("exemplars and points of a unit")),
    ("tiendo", mark("progress: who has not answered yet")),
    ("han", mark("dates of the plan")),
    ("vanban", mark("note a letter received on paper (standing office)")),
    ("lichnhac", mark("coming reminders (standing office)")),
    ("ngonngu", mark("language: Vietnamese or English")),
    ("trogiup", mark("help")),
)


def _understand(turn: Turn, text: str) -> Understood:
    return understand(text, turn.office.finder, turn.office.criteria_codes(turn.now))


def script(preview: Preview) -> Script:
    """Everything the bot can do; `preview` is the reminders' part, which stands beside the handlers."""
    return Script(
        commands=COMMANDS,
        phrases=PHRASES,
        finishers=FINISHERS,
        groups=GROUPS,
        unlinked_groups=UNLINKED_GROUPS,
        group_phrases=GROUP_PHRASES,
        menu=MENU,
        filled=filling.filled,
        pressed=filling.pressed,
        sent=evidence.sent,
        edited=correcting.edited,
        album_received=evidence.album_received,
        understand=_understand,
        ask_again=filling.ask_again,
        start=joining.start,
        stranger=joining.stranger,
        preview=preview,
        joined=joining.hello_group,
        unlinked=joining.unlinked,
        lost=help.lost,
    )
