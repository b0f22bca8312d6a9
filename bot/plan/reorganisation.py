"""A reorganisation of units, as a file says it: which begin, of which they came, which end – never who takes over what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from bot.config import PLANS
from bot.errors import KheoError
from bot.plan import source
from bot.plan.finding import Finding, Lines, refused
from bot.plan.part import Part
from bot.plan.registry import FOLDER

SUBFOLDER = "reorganisations"
"""In the folder of the registers, beside the plan files."""


class Begun(Part):
    """A unit that begins on the day of the reorganisation. `came_of`: the codes of the units that go into it.

    Which of them go into others too, and so are split, follows from the file as a whole.
    """

    code: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(min_length=1)]
    kind: Annotated[str, Field(min_length=1, max_length=32)]
    parent: str = ""
    aliases: tuple[str, ...] = ()
    came_of: tuple[str, ...] = ()


class Reorganisation(Part):
    """What one decision changes in the tree, on one day. The decision's number is given by who enters it."""

    name: str
    on: date
    """The first day of the new units; the old ones end the day before."""
    source: str
    """Where the facts were read."""
    units: tuple[Begun, ...]
    ends: tuple[str, ...] = ()
    """Units that end without any successor being named."""


def load(path: Path) -> Reorganisation:
    """The file. PlanWrong, with every finding, when it cannot be used."""
    from bot.plan.loader import parse  # the loader itself needs the registers, which stand beside this

    lines, _ = source.read(path)
    if not isinstance(lines.tree, dict):
        raise refused([lines.finding((), "The file is no mapping of keys to values.", "Begin it with “name: …”.")])
    of = parse(Reorganisation, lines, lines.tree)
    findings = list(_problems(of, lines))
    if findings:
        raise refused(findings)
    return of


def named(name: str, plans: Path) -> Path:
    """The file that is meant: a path, or the name of one in the folder beside the plans. KheoError if there is none."""
    if Path(name).is_file():
        return Path(name)
    folders = dict.fromkeys(folder / FOLDER / SUBFOLDER for folder in (plans, PLANS))
    for folder in folders:
        if (folder / f"{name}.yaml").is_file():
            return folder / f"{name}.yaml"
    known = sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})
    raise KheoError(f"There is no reorganisation “{name}”. Known: {', '.join(known) or 'none'}; or name a file.")


def _problems(of: Reorganisation, lines: Lines) -> Iterator[Finding]:
    codes = [one.code for one in of.units]
    used = {code for one in of.units for code in one.came_of}
    for at, one in enumerate(of.units):
        if one.code in codes[:at]:
            yield lines.finding(("units", at, "code"), f"“{one.code}” stands here twice.", "Give each its own.")
        if one.parent in codes[at:]:
            text = f"“{one.parent}” comes later in the file."
            yield lines.finding(("units", at, "parent"), text, "Write a unit below the one it stands under.")
        if len(set(one.came_of)) < len(one.came_of):
            yield lines.finding(("units", at, "came_of"), "A unit is named twice.", "Name each once.")
    for at, code in enumerate(of.ends):
        if code in used:
            text = f"“{code}” goes into another unit, so its end follows from that."
            yield lines.finding(("ends", at), text, "Take it out here.")
