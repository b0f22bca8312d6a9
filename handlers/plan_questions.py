"""The command “/hoi”: a question on the plans, typed after it, or narrowed by a button."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Reply
from bot.lookup.phrases import OPENS
from bot.texts import mark
from bot.turn import Asked, Turn
from handlers import asking_back, plan_papers, plan_people, plan_texts

HOW = mark(
    "Please type the question after the command, or without it, e.g.:\n/hoi hồ sơ gồm những gì\n"
    "/hoi bao giờ hết hạn đăng ký\n/hoi báo cáo gửi cho ai"
)
NARROWED = {"hoso": plan_papers.dossier, "gui": plan_people.recipients}
"""Behind the first word of a button."""


def ask(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """What a button narrowed, or what was typed after the command; nothing is begun from here."""
    word = asked.words[0] if asked.words else ""
    if word in NARROWED and not asked.text:
        return NARROWED[word](turn, asked)
    meant = asking_back.chosen(turn, asked)
    if meant is not None:
        return meant
    if not asked.words and not asked.text:
        return [Reply(turn.say.say(HOW))]
    intent = asked.understood.intent if asked.understood else ""
    allowed = turn.private or intent in turn.script.group_phrases
    if intent in turn.script.phrases and intent not in OPENS and allowed:
        return turn.script.phrases[intent](turn, asked)
    return plan_texts.lost(turn, asked)
