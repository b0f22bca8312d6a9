"""What stands already, against which a list is held; and finding a unit by what is written in a cell."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from rapidfuzz import fuzz, process

from bot.store.clusters import Cluster
from bot.store.roster import Held
from bot.store.units import Unit, Units
from bot.vietnamese import fold

_LEVELS = tuple(
    f"{fold(level)} "
    for level in ("xã", "phường", "đặc khu", "thị trấn", "huyện", "quận", "thị xã", "thành phố", "tỉnh")
)
HINTS = 40
"""Names that are not found and for which like ones are looked for; a list with more of them is the wrong list."""
_OFFICES = ("ubnd ", "uy ban nhan dan ")
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")


def _anywhere(_: int | None) -> bool:
    return True


def _anything(_: str, __: Collection[int]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Standing:
    """The units, the people and their functions, the clusters, as they are when the list is looked at."""

    units: Units
    today: date
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Kinds of units by id, with their Vietnamese names."""
    held: tuple[Held, ...] = ()
    clusters: Mapping[int, Cluster] = field(default_factory=dict)
    may_enter: Callable[[int | None], bool] = _anywhere
    """Whether whoever enters the list may do so at that unit; None: at the top of all."""
    may_give: Callable[[str, Collection[int]], bool] = _anything
    """Whether whoever enters the list may make somebody that at all of these units."""

    def scope(self, unit_id: int | None, cluster_id: int | None) -> tuple[int, ...]:
        """The units for which a function is held."""
        if unit_id is not None:
            return (unit_id,)
        return self.clusters[cluster_id].units if cluster_id is not None else ()


def name_key(name: str) -> str:
    """The name as it is compared: “Hoà” and “Hòa”, Ð and Đ, capitals and double blanks are alike; “Lan” is not “Lân”."""
    return " ".join(_syllable(word) for word in name.casefold().replace("ð", "đ").split())


def _syllable(word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    bare = unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in _TONES))
    return bare + "".join(sorted(letter for letter in letters if letter in _TONES))


class Names:
    """Units by what they are called: full name, name without its level (“Vạn Hưng”), other and former names; folded."""

    def __init__(self, units: Iterable[Unit], former: Callable[[int], Iterable[str]] = lambda _: ()) -> None:
        self._by_key: dict[str, list[Unit]] = defaultdict(list)
        self._folded: dict[str, str] = {}
        self._hints = HINTS
        for unit in units:
            name = self._folded[unit.name] = fold(unit.name)
            for key in dict.fromkeys((name, _without(name, _LEVELS), *map(fold, (*unit.aliases, *former(unit.id))))):
                self._by_key[key].append(unit)

    def called(self, typed: str, on: date) -> list[Unit]:
        """The units of that name: those that stand on that day before others, the nearest in spelling before others.

        “UBND” may stand before the name.
        """
        wanted = fold(typed)
        found = self._by_key.get(wanted) or self._by_key.get(_without(wanted, _OFFICES)) or []
        found = [unit for unit in found if unit.lives_on(on)] or found
        spelt = name_key(typed)
        found = [unit for unit in found if spelt in map(name_key, (unit.name, *unit.aliases))] or found
        return [unit for unit in found if fold(unit.name) == wanted] or found

    def near(self, typed: str) -> list[str]:
        """The names that are most like what was typed; none any more when too many were asked for."""
        if not self._hints:
            return []
        self._hints -= 1
        found = process.extract(fold(typed), self._folded, scorer=fuzz.ratio, limit=3, score_cutoff=80)
        return [name for _, _, name in found]


def _without(name: str, heads: tuple[str, ...]) -> str:
    return next((name.removeprefix(head) for head in heads if name.startswith(head)), name)
