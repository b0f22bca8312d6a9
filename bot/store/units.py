"""The units: the tree that people belong to and that owes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from bot.plan.model import UnitSeed
from bot.store.engine import Tx
from bot.store.once import insert_row
from bot.store.tables import unit


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit; `above` are the ids of the units over it, nearest first."""

    id: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    above: tuple[int, ...]
    aliases: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None


class Units(Mapping[int, Unit]):
    """All units by id, with their tree; read once and handed around until something changes."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._by_id = {u.id: u for u in units}
        self._by_code = {u.code: u for u in self._by_id.values()}

    def __getitem__(self, id: int) -> Unit:
        return self._by_id[id]

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def coded(self, code: str) -> Unit | None:
        return self._by_code.get(code)

    def below(self, id: int) -> list[Unit]:
        """The units under `id`, without itself, in the order in which they were entered."""
        return [u for u in self._by_id.values() if id in u.above]

    def parent_name(self, u: Unit) -> str:
        return self._by_id[u.parent_id].name if u.parent_id else ""


def load(tx: Tx) -> Units:
    """Every unit there is."""
    rows = tx.execute(select(unit).order_by(unit.c.id)).all()
    parents = {row.id: row.parent_id for row in rows}

    def above(id: int) -> tuple[int, ...]:
        chain: list[int] = []
        up = parents[id]
        while up is not None and up not in chain:
            chain.append(up)
            up = parents.get(up)
        return tuple(chain)

    return Units(
        Unit(r.id, r.code, r.name, r.kind, r.parent_id, above(r.id), tuple(r.aliases), r.valid_from, r.valid_to)
        for r in rows
    )


def plant(tx: Tx, seeds: Iterable[UnitSeed]) -> int:
    """Enter those units of a plan that are not there yet, parents first; return how many were new."""
    known = dict(tx.execute(select(unit.c.code, unit.c.id)).all())
    new = 0
    waiting = [seed for seed in seeds if seed.code not in known]
    while waiting:
        ready = [seed for seed in waiting if not seed.parent or seed.parent in known]
        if not ready:
            raise ValueError(f"units without a known parent: {[seed.code for seed in waiting]}")
        for seed in ready:
            known[seed.code] = insert_row(
                tx,
                unit,
                code=seed.code,
                name=seed.name,
                kind=seed.kind,
                parent_id=known[seed.parent] if seed.parent else None,
                aliases=[*seed.aliases],
                valid_from=seed.valid_from,
                valid_to=seed.valid_to,
            )
            new += 1
        waiting = [seed for seed in waiting if seed.code not in known]
    return new
