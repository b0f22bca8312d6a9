"""A plan's file made into the file of another year or another issuer; nothing is carried over that nobody has decided."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from bot.errors import PlanWrong
from bot.plan.model import Plan
from bot.plan.reorganisation import Reorganisation

BLANK = ("number", "dated", "signer", "signed_as")
"""What the new paper does not have yet."""
NAMES = ("name", "title", "ask", "short", "hint")
"""Words of ours in which a year is moved; quotations are never touched."""
VERBATIM = (
    "quote",
    "copies_quote",
    "confirmations_quote",
    "errata",
    "references",
    "notices",
    "amendments",
    "texts",
    "standards",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the clone is to be: its id and name, its one year, its issuer, and who holds which function from now on.

    What is left out (None, or a role that is not named) stays as it is in the original.
    """

    id: str
    year: int
    name: str | None = None
    issuer: str | None = None
    offices: Mapping[str, str] = field(default_factory=dict)
    units: Reorganisation | None = None
    """The reorganisation whose new units take part instead of those of the original."""


@dataclass(frozen=True, slots=True)
class Clone:
    """The text of the new file, and what a person still has to decide in it."""

    text: str
    vacant: tuple[str, ...]
    """Roles that nobody holds in that year: they ended, and no successor was named."""
    moved: tuple[str, ...]
    """Milestones whose fixed day was moved to the new year."""
    once: tuple[str, ...] = ()
    """Milestones that fell once in a plan of several years: whether and when they come again nobody has said."""
    ended: tuple[str, ...] = ()
    """Units that have ended before that year, and so owe nothing in it."""


def clone(plan: Plan, text: str, wanted: Wanted) -> Clone:
    """The plan's file for another year or issuer. PlanWrong if a role is named that the plan does not have."""
    unknown = sorted(set(wanted.offices) - {role.id for role in plan.roles})
    if unknown:
        known = ", ".join(dict.fromkeys(role.id for role in plan.roles)) or "none"
        raise PlanWrong(f"The plan has no role {', '.join(unknown)}. Its roles: {known}.")
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    tree = yaml.load(text)
    original = _original_year(plan)
    tree["id"] = wanted.id
    tree["name"] = wanted.name or _moved(plan.name, original, wanted.year)
    _document(tree["document"], plan, wanted, original)
    tree["valid_from"] = str(wanted.year)
    if plan.valid_to:
        tree["valid_to"] = str(wanted.year)
    tree["years"] = [wanted.year]
    for key in ("errata", "notices", "amendments"):
        tree.pop(key, None)
    vacant = _roles(tree.get("roles") or [], wanted)
    moved: list[str] = []
    once: list[str] = []
    for milestone in tree.get("milestones") or []:
        if _date(milestone.get("date"), original, wanted.year):
            (moved if original else once).append(str(milestone["id"]))
    for occurrence in tree.get("occurrences") or []:
        occurrence.pop("on", None)
    _rename(tree, original, wanted.year)
    if wanted.units is not None:
        _territory(tree, wanted.units)
    units = tree.get("units") or []
    ended = tuple(str(u["name"]) for u in units if str(u.get("valid_to") or "9999") < f"{wanted.year}-01-01")
    written = _Written()
    yaml.dump(tree, written)
    return Clone(b"".join(written.parts).decode(), tuple(vacant), tuple(moved), tuple(once), ended)


def _territory(tree: CommentedMap, of: Reorganisation) -> None:
    """Put the new units in. What names the old ones by code (clusters, participants) is for a person to write anew."""
    tree["units"] = [
        CommentedMap(
            (key, value)
            for key, value in (
                *(("code", u.code), ("name", u.name), ("kind", u.kind), ("parent", u.parent)),
                *(
                    ("aliases", list(u.aliases)),
                    ("valid_from", of.on.replace()),
                ),  # one object twice would be written as an alias
            )
            if value
        )
        for u in of.units
    ]
    for key in ("clusters", "participants"):
        tree.pop(key, None)
    known = {str(kind["id"]) for kind in tree.get("unit_kinds") or []}
    for kind in dict.fromkeys(u.kind for u in of.units if u.kind not in known):
        tree.setdefault("unit_kinds", []).append(CommentedMap((("id", kind), ("name", kind.replace("_", " ")))))


class _Written:
    """What the YAML writer writes to."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self.parts.append(part)
        return len(part)


def _original_year(plan: Plan) -> int | None:
    """The one year of the plan; None where it has several, and no day of it can be moved by itself."""
    return plan.years[0] if len(plan.years) == 1 else None


def _document(document: CommentedMap, plan: Plan, wanted: Wanted, original: int | None) -> None:
    for key in BLANK:
        if document.get(key):
            document[key] = ""
    if wanted.issuer:
        document["issuer"] = wanted.issuer
    document["title"] = _moved(plan.document.title, original, wanted.year)


def _roles(roles: list[CommentedMap], wanted: Wanted) -> list[str]:
    """Put the named offices in; returns the functions that stay without a holder."""
    vacant: list[str] = []
    seen: set[str] = set()
    for role in list(roles):
        id = str(role["id"])
        if id in wanted.offices:
            if id in seen:
                roles.remove(role)  # the succession of the original is history; one holder is named now
                continue
            role["office"] = wanted.offices[id]
            for key in ("valid_from", "valid_to", "quote", "interpretation"):
                role.pop(key, None)
        elif str(role.get("valid_to") or "9999") < f"{wanted.year}-12-31" and id not in vacant:
            vacant.append(id)
        elif id in vacant:
            vacant.remove(id)  # a later entry of the same function holds it
        seen.add(id)
    return vacant


def _date(rule: Any, original: int | None, year: int) -> bool:
    """Move a day that is fixed to its year, if the plan has only one; returns whether there is such a day."""
    if not isinstance(rule, Mapping):
        return False
    fixed = False
    for key in ("before", "by", "first", "last", "month"):
        written = str(rule.get(key) or "")
        if re.fullmatch(r"\d{4}-\d\d(-\d\d)?", written):
            if original is not None:
                there = int(written[:4]) - original + year
                rule[key] = f"{there}{written[4:]}"  # type: ignore[index]
            fixed = True
    return fixed


def _rename(tree: Any, original: int | None, year: int) -> None:
    """Move the year in our own words, everywhere but in what is quoted."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            if key in NAMES and isinstance(value, str):
                moved = _moved(value, original, year)
                if moved != value:
                    tree[key] = moved  # type: ignore[index]
            elif key not in VERBATIM and key != "document":
                _rename(value, original, year)
    elif isinstance(tree, list):
        for item in tree:
            _rename(item, original, year)


def _moved(words: str, original: int | None, year: int) -> str:
    """“năm 2023” becomes “năm 2027”; dates of documents (08/8/2023) and spans (2023 - 2026) stay."""
    return words if original is None else re.sub(rf"(?i)(năm\s+){original}(?!\s*[-–]|\d)", rf"\g<1>{year}", words)
