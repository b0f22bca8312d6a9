"""The command “/hoi”: a question on the plans, typed after it, or narrowed by a button."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Reply
from bot.lookup.phrases import OPENS
from bot.turn import Asked, Turn
from handlers import plan_papers, plan_people, plan_texts

NARROWED = {"hoso": plan_papers.dossier, "gui": plan_people.recipients}
"""Behind the first word of a button."""


def ask(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """What a button narrowed, or what was typed after the command; nothing is begun from here."""
    word = asked.words[0] if asked.words else ""
    if word in NARROWED and not asked.text:
        return NARROWED[word](turn, asked)
    intent = asked.understood.intent if asked.understood else ""
    allowed = turn.private or intent in turn.script.group_phrases
    if intent in turn.script.phrases and intent not in OPENS and allowed:
        return turn.script.phrases[intent](turn, asked)
    return plan_texts.lost(turn, asked)
