"""What changed between two versions of a plan, value by value, called by the names that the file gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.plan.finding import item_name
from bot.plan.model import Plan

LEFT_OUT = ("version",)
"""What every change of the file changes."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs. `old` is None for what is new, `new` is None for what is gone."""

    path: str
    old: str | None
    new: str | None

    @property
    def part(self) -> str:
        """The piece of the plan it lies in: “forms.registration”, “criteria.tap_the”, “milestones.dang_ky”."""
        return ".".join(self.path.split(".")[:2])


def changes(old: Plan, new: Plan) -> list[Change]:
    """Every value that differs, in the order of the format."""
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    return [change for change in _differing("", before, after) if change.path not in LEFT_OUT]


def _differing(path: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _by_key(path, old, new)
    elif _named(old) and _named(new):
        yield from _by_key(path, _keyed(old), _keyed(new))
    else:
        yield Change(path, _said(old), _said(new))


def _by_key(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for key in dict.fromkeys([*old, *new]):
        yield from _differing(f"{path}.{key}" if path else key, old.get(key), new.get(key))


def _named(items: Any) -> bool:
    """Whether it is a list of which each item has a name of its own (an empty one may be)."""
    return isinstance(items, list) and all(item_name(item) for item in items) and len(_keyed(items)) == len(items)


def _keyed(items: Sequence[Any]) -> dict[str, Any]:
    return {item_name(item): item for item in items}


def _said(value: Any) -> str | None:
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, Mapping):
        given = [f"{key}: {said}" for key, part in value.items() if (said := _said(part)) is not None]
        return ", ".join(given) or None
    if isinstance(value, list):
        return "; ".join(said for part in value if (said := _said(part)) is not None) or None
    return str(value)
