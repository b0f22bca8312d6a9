"""What became of a unit, and of which units it came: said beside its exemplars, with the way to the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from bot.chat import Choice
from bot.forms import tokens
from bot.plan.model import Plan
from bot.rules.access import Action
from bot.store import drafts, exemplars
from bot.store.seasons import Season
from bot.store.units import MERGED, MOVED, RENAMED, SPLIT, Change, Unit
from bot.texts import mark
from bot.turn import Turn
from handlers.registration import go_on
from handlers.words import called, clipped

MERGED_INTO = mark("{unit} was merged into {into} as of {day} ({decision}).")
DIVIDED = mark("{unit} was divided as of {day} ({decision}); of it came {into}.")
CALLED_BEFORE = mark("{unit} was called {before} until {day} ({decision}).")
STOOD_UNDER = mark("{unit} stood under {before} until {day} ({decision}).")
HAS_ENDED = mark("{unit} has ended; its last day was {last}. Which unit follows it has not been entered.")
CAME_OF = mark(
    "{unit} has taken in, as of {day}: {units} ({decision}). What they handed in stands under their own names."
)
UNFINISHED_THERE = mark("Not handed in there yet:")
SHOWN = 12  # units to be opened from one answer; the largest merger that we know took in nine
DRAFTS_SHOWN = 5
LONGEST_LABEL = 60  # characters in a button


def told(turn: Turn, unit: Unit) -> list[str]:
    """What became of the unit and what it has taken in, each with its day and its decision."""
    lines = [""] if _has_story(turn, unit) else []
    for one in _in_a_row(turn, unit):
        lines += _became(turn, one)
    lines += _taken_in(turn, unit)
    if _unfinished(turn, unit):
        lines.append(turn.say.say(UNFINISHED_THERE))
    return lines


def related(turn: Turn, unit: Unit) -> tuple[tuple[Choice, ...], ...]:
    """Buttons to the units in which it goes on and to those it has taken in, and to what was not handed in there."""
    units = turn.office.units
    after = [u for u in units.heirs(unit.id, turn.today) if u.id != unit.id]
    before = units.origins(unit.id)
    count = Counter(e.unit_id for e in exemplars.of_units(turn.tx, [u.id for u in before])) if before else Counter()
    before = sorted(before, key=lambda u: -count[u.id])[:SHOWN]  # who has handed something in comes first
    rows = []
    for u, label in zip([*after, *before], called(turn, [unit, *after, *before])[1:], strict=True):
        n = count[u.id]
        text = turn.say.say_n("{unit}: {n} exemplar", "{unit}: {n} exemplars", n, unit=label) if n else label
        rows.append((Choice(clipped(text, LONGEST_LABEL), tokens.command("diem", f"u{u.id}")),))
    return (*go_on(turn, _unfinished(turn, unit)), *rows)


def last_seasons(turn: Turn, unit: Unit) -> list[tuple[Season, Plan]]:
    """Of each plan the last open season in which a unit that has ended took part; of one that lives none."""
    if not unit.is_over(turn.today):
        return []
    of_plan: dict[str, Season] = {}
    for season in turn.office.seasons:  # by plan and year
        if unit.id in turn.office.taking_part(season):
            of_plan[season.plan] = season
    return [(season, turn.office.plan(season)) for season in of_plan.values()]


def _has_story(turn: Turn, unit: Unit) -> bool:
    units = turn.office.units
    return bool(units.history(unit.id) or units.came_of(unit.id) or unit.is_over(turn.today))


def _in_a_row(turn: Turn, unit: Unit) -> list[Unit]:
    """The unit and those into which it was merged, as far as they have ended themselves."""
    line = [unit, *turn.office.units.merged_into(unit.id)]
    return [u for at, u in enumerate(line) if at == 0 or u.is_over(turn.today)]


def _became(turn: Turn, unit: Unit) -> list[str]:
    """A sentence for each change of the unit itself."""
    units, lines, parts = turn.office.units, [], list[Change]()
    for change in units.history(unit.id):
        said = {"unit": unit.name, "day": change.on, "decision": change.decision}
        if change.kind == RENAMED and change.was_called != unit.name:
            lines.append(turn.say.say(CALLED_BEFORE, before=change.was_called, **said))
        elif change.kind == MOVED and change.was_under is not None:
            lines.append(turn.say.say(STOOD_UNDER, before=units[change.was_under].name, **said))
        elif change.kind in (MERGED, SPLIT):
            parts.append(change)
    if parts:
        into = [units[change.successor_id] for change in parts if change.successor_id is not None]
        own, *labels = called(turn, [unit, *into])
        sentence = MERGED_INTO if parts[0].kind == MERGED else DIVIDED
        lines.append(
            turn.say.say(sentence, unit=own, into=", ".join(labels), day=parts[0].on, decision=parts[0].decision)
        )
    elif unit.is_over(turn.today):
        lines.append(turn.say.say(HAS_ENDED, unit=unit.name, last=unit.valid_to))
    return lines


def _taken_in(turn: Turn, unit: Unit) -> list[str]:
    """Which units went into it, by day and decision."""
    units = turn.office.units
    together: dict[tuple[object, str], list[Unit]] = defaultdict(list)
    for change in units.came_of(unit.id):
        together[(change.on, change.decision)].append(units[change.unit_id])
    lines = []
    for (day, decision), before in together.items():
        own, *labels = called(turn, [unit, *before])
        lines.append(turn.say.say(CAME_OF, unit=own, day=day, units=", ".join(labels), decision=decision))
    return lines


def _unfinished(turn: Turn, unit: Unit) -> Sequence[drafts.Draft]:
    """What was begun for units that have ended and not handed in, for who may go on with it."""
    if not turn.private:
        return []
    units = turn.office.units
    ended = [u for u in (unit, *units.origins(unit.id)) if u.is_over(turn.today) and turn.can(Action.REGISTER, u.id)]
    open_seasons = {season.id for season in turn.office.seasons}
    found = drafts.open_of_units(turn.tx, tuple(u.id for u in ended)) if ended else []
    return drafts.begun(turn.tx, [d for d in found if d.season_id in open_seasons])[:DRAFTS_SHOWN]
