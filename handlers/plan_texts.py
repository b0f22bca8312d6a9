"""Passages of the plan that hold the words of a question; and what is said when nothing fits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.chat import Reply
from bot.plan.model import Plan
from bot.plan.part import Quote, Rule
from bot.texts import mark
from bot.turn import Asked, Turn
from bot.vietnamese import fold
from handlers import asking_back, help
from handlers.quoting import from_plans, source, whole
from handlers.words import meant_plans

SHOWN = 3
"""Passages in one answer; who asks wants the place, not the document."""
ENOUGH = 0.6
"""Share of the question's words that a passage must hold where the sentence asks about the plan's contents."""
CLEAR = 0.75
"""The same for a sentence of which nothing else is understood."""
NEAR = 0.15
"""A passage that falls this far behind the best is not shown beside it."""
FEWEST = 2
"""Words that a sentence must share with a passage, of which nothing else is understood."""
NAMED = mark("• {name}")
NAMED_WHO = mark("• {name} ({who})")
CLOSEST = mark("That is not one of the questions Khéo knows. What the plan says with these words:")
NO_PASSAGE = mark("Khéo found no passage of the plan with these words.")
# Words of asking and of courtesy, folded; they are in no passage or in all.
_ASKING = frozenset(
    re.findall(
        r"\w+",
        """
        ai gi nao sao the dau la co khong chua duoc thi ma cho toi minh em anh chi xin hoi nhe a ah oi voi vay ha nhi cua ve va cac
        nhung nay do bao gio khi luc may nhieu phai can nhu lam ra o tai trong viec xa don vi dong muon biet cai ke hoach de bi se da
        dang moi mot hay cung quy dinh noi dung nhiem vu trach nhiem ben chung ta thuc hien lay tu nguon giao lo hang thang nam
        """,
    )
)
# Words of nearly every passage; they tell nothing beside others.
_EVERYWHERE = frozenset(("mo", "hinh", "dien", "phong", "trao", "thi", "dua", "van", "kheo"))
# Everyday words for what documents call otherwise.
_CALLED = {"tien": "kinh phi", "chi phi": "kinh phi", "ngan sach": "kinh phi", "bao dai": "bao dai phat thanh"}


@dataclass(frozen=True, slots=True)
class _Passage:
    name: str
    who: str
    rule: Rule
    words: frozenset[str]
    folded: str


def find(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Kinh phí lấy từ đâu”: the passages with these words, each with its place."""
    words = _words(asked.text)
    none = [turn.say.say(NO_PASSAGE)]  # not found is not the same as not laid down
    return from_plans(turn, asked, lambda _, plan: _told(turn, plan, words, ENOUGH, 1) or none, NO_PASSAGE)


def lost(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """Nothing is understood: passages, where the match is clear, and what it may have meant; else what can be asked."""
    perhaps = asking_back.candidates(turn, asked)
    passages = _clear(turn, asked)
    if passages is None:
        return perhaps or help.lost(turn, asked)
    if not perhaps:
        return [passages]
    return [replace(perhaps[0], text=f"{passages.text}\n\n{perhaps[0].text}")]


def _clear(turn: Turn, asked: Asked) -> Reply | None:
    """The passages that hold nearly all words of the sentence; None where no match is clear."""
    words = _words(asked.text)
    if len(words) < FEWEST or (asked.understood and asked.understood.unit):
        return None
    found = [(plan, _told(turn, plan, words, CLEAR, FEWEST)) for _, plan in meant_plans(turn, asked)]
    parts = ["\n".join([f"{plan.name}:", *lines]) for plan, lines in found if lines]
    return Reply("\n\n".join([turn.say.say(CLOSEST), *parts])) if parts else None


def _told(turn: Turn, plan: Plan, words: Sequence[str], share: float, fewest: int) -> list[str]:
    lines: list[str] = []
    for passage in _best(plan, words, share, fewest):
        sentence = NAMED_WHO if passage.who else NAMED
        lines += [turn.say.say(sentence, name=passage.name, who=passage.who), *source(turn, passage.rule)]
    return lines


def _best(plan: Plan, words: Sequence[str], share: float, fewest: int) -> list[_Passage]:
    """The passages that hold most of the words; pairs that stand together count double."""
    wanted = set(words)
    pairs = [f" {one} {two} " for one, two in pairwise(words)]
    scored: list[tuple[float, _Passage]] = []
    for passage in _passages(plan):
        shared = len(wanted & passage.words)
        together = sum(pair in passage.folded for pair in pairs)
        score = (shared + together) / (len(wanted) + len(pairs)) if wanted else 0.0
        if shared >= min(fewest, len(wanted)) and score >= share and (together or not pairs):
            scored.append((score, passage))
    if not scored:
        return []
    best = max(score for score, _ in scored)
    return [passage for score, passage in scored if score >= best - NEAR][:SHOWN]


def _words(text: str) -> list[str]:
    """The words of the question that say what it is about."""
    folded = " ".join("".join(c if c.isalnum() else " " for c in fold(text)).split())
    for everyday, called in _CALLED.items():
        folded = f" {folded} ".replace(f" {everyday} ", f" {called} ").strip()
    words = list(dict.fromkeys(word for word in folded.split() if word not in _ASKING))
    return [word for word in words if word not in _EVERYWHERE] or words


def _passages(plan: Plan) -> Iterator[_Passage]:
    """Every quotation of the plan, under the name of what it belongs to."""
    named: list[tuple[str, str, Rule]] = [(text.name, text.who, text) for text in plan.texts]
    named += [(milestone.name, "", milestone) for milestone in plan.milestones]
    named += [(role.name, role.office, role) for role in plan.roles]
    named += [
        (plan.subject(standard.subject).name, "", standard.model_copy(update={"quote": whole(standard)}))
        for standard in plan.standards
    ]
    for level in plan.levels:
        named += [(level.name, "", rule) for rule in (level, *level.priorities, *level.quotas, *level.passes)]
    named += [(plan.name, "", target) for target in plan.targets]
    seen: set[str] = set()
    for name, who, rule in named:
        quote: Quote | None = rule.quote
        if quote is None or quote.text in seen:
            continue
        seen.add(quote.text)
        folded = " ".join("".join(c if c.isalnum() else " " for c in fold(f"{name} {who} {quote.text}")).split())
        yield _Passage(name, who, rule, frozenset(folded.split()), f" {folded} ")
