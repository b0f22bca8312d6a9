"""What lies around the plans: forms that the law prescribes, and bodies that have ended – data, with source and sureness."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.config import PLANS
from bot.plan import source
from bot.plan.finding import Finding, Lines, Place, refused
from bot.plan.part import Id, Part
from bot.vietnamese import fold

_WORD = re.compile(r"\w+")
FOLDER = "registry"
"""Beside the plan files."""
FILES = ("forms.yaml", "bodies.yaml")


class FormVersion(Part):
    """How one act calls the form, from one day to another; an empty code is one that nobody has looked up yet."""

    act: str
    """“NĐ 98/2023/NĐ-CP”."""
    code: str = ""
    """As printed in the act: “07”. Never guessed."""
    valid_from: date | None = None
    valid_to: date | None = None
    sure: bool
    """Whether somebody has read the code in the act itself, or in a signed paper that cites it."""
    source: str
    note: str = ""


class PrescribedForm(Part):
    """A form that the law prescribes, under a key that stays while its number changes."""

    id: Id
    name: str
    versions: tuple[FormVersion, ...]


class FormRegistry(Part):
    """The register of forms."""

    forms: tuple[PrescribedForm, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """What a dossier part can name."""
        return tuple(form.id for form in self.forms)

    def form(self, key: str) -> PrescribedForm:
        """The form with that key; KeyError if there is none."""
        for form in self.forms:
            if form.id == key:
                return form
        raise KeyError(key)

    def on(self, key: str, day: date) -> FormVersion | None:
        """What holds on that day; None when no act that we know does. KeyError for an unknown key."""
        for version in self.form(key).versions:
            if _holds(version.valid_from, version.valid_to, day):
                return version
        return None


class EndedBody(Part):
    """Bodies that are no more: how they are called, their last day, and what followed, if a text says so."""

    id: Id
    name: str
    words: tuple[str, ...]
    """An office is one of them when one of these stands in its name, whatever the marks and capitals."""
    unless: tuple[str, ...] = ()
    """… and none of these does."""
    levels: tuple[str, ...] = ()
    """Only in plans of these levels (huyen …); empty: everywhere."""
    last_day: date
    followed_by: str = ""
    """Empty: no text found says who took over; nobody guesses."""
    sure: bool
    source: str

    def means(self, office: str, level: str) -> bool:
        """Whether an office of that name, in a plan of that level, is one of these."""
        name = _spaced(office)
        return (
            (not self.levels or level in self.levels)
            and any(_spaced(words) in name for words in self.words)
            and not any(_spaced(words) in name for words in self.unless)
        )


class BodyRegistry(Part):
    """The register of bodies that have ended."""

    bodies: tuple[EndedBody, ...]

    def ended(self, office: str, level: str) -> EndedBody | None:
        """The entry that speaks of an office of that name; None if none does."""
        return next((body for body in self.bodies if body.means(office, level)), None)


class Registry(Part):
    """Both registers of a folder."""

    forms: FormRegistry
    bodies: BodyRegistry


def load(folder: Path) -> Registry:
    """forms.yaml and bodies.yaml of the folder. PlanWrong with every finding when one cannot be used."""
    forms, lines = _read(FormRegistry, folder / FILES[0])
    findings = list(_form_problems(forms, lines))
    bodies, lines = _read(BodyRegistry, folder / FILES[1])
    findings += _body_problems(bodies, lines)
    if findings:
        raise refused(findings)
    return Registry(forms=forms, bodies=bodies)


def beside(file: str) -> Registry:
    """The registers in the folder of a plan file; where there are none, those that are shipped."""
    own = Path(file).parent / FOLDER
    folder = (own if all((own / name).is_file() for name in FILES) else PLANS / FOLDER).resolve()
    return _kept(folder, tuple((folder / name).stat().st_mtime_ns for name in FILES if (folder / name).is_file()))


@lru_cache(maxsize=4)
def _kept(folder: Path, _written: tuple[int, ...]) -> Registry:
    """Read once, and again when somebody has changed a file."""
    return load(folder)


def _read(kind: Any, path: Path) -> tuple[Any, Lines]:
    from bot.plan.loader import parse  # the loader itself needs the registers

    lines, _ = source.read(path)
    if not isinstance(lines.tree, dict):
        raise refused([lines.finding((), "The file is no mapping of keys to values.", "Begin it with “forms:”.")])
    return parse(kind, lines, lines.tree), lines


def _form_problems(register: FormRegistry, lines: Lines) -> Iterator[Finding]:
    yield from _twice(register.keys, "forms", lines)
    for at, form in enumerate(register.forms):
        for number, version in enumerate(form.versions):
            place: Place = ("forms", at, "versions", number)
            if version.sure and not version.code:
                yield lines.finding((*place, "sure"), "Nobody can be sure of an empty code.", "Write “sure: false”.")
            for earlier in form.versions[:number]:
                if earlier.valid_to is None or version.valid_from is None or version.valid_from <= earlier.valid_to:
                    text = "It begins before the version above has ended."
                    yield lines.finding((*place, "valid_from"), text, "Correct one of the two days.")
                    break


def _body_problems(register: BodyRegistry, lines: Lines) -> Iterator[Finding]:
    yield from _twice(tuple(body.id for body in register.bodies), "bodies", lines)
    for at, body in enumerate(register.bodies):
        if not any(word.strip() for word in body.words):
            yield lines.finding(("bodies", at, "words"), "No name would be found.", "Write at least one.")


def _twice(ids: tuple[str, ...], key: str, lines: Lines) -> Iterator[Finding]:
    for at, id in enumerate(ids):
        if id in ids[:at]:
            yield lines.finding((key, at, "id"), f"“{id}” stands here twice.", "Give each its own.")


def _spaced(name: str) -> str:
    return f" {' '.join(_WORD.findall(fold(name)))} "


def _holds(first: date | None, last: date | None, day: date) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)
