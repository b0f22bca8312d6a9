"""The trace told in words: who did what, when, to what; names are looked up when it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.chat import Reply
from bot.clock import ZONE
from bot.errors import NotAllowed
from bot.rules.access import FUNCTIONS, Action
from bot.store import audit, exemplars
from bot.store.audit import Row, Thing, Wanted
from bot.store.engine import Tx
from bot.texts import Language, mark
from bot.turn import NO_RIGHT, OCCURRENCE, PAPER, SELF_SCORE, Asked, Office, Turn
from handlers.functions import called
from handlers.lookup import unit_meant
from handlers.words import LONGEST_WORD, number_in

DIGEST_LETTERS = 8  # of a text's digest; enough to see whether two texts are the same
LISTED_AT_MOST = 10  # units of a row; a list that was taken in may have thousands
SHOWN_AT_MOST = 15  # rows in one answer of the chat; the server prints them all

ACTIONS: Mapping[str, str] = {
    "address.attached": mark("a person stood behind the address"),
    "address.preferred": mark("made the address the one to write to"),
    "address.removed": mark("removed the address"),
    "address.state": mark("whether the address can be reached"),
    "application.approved": mark("approved the application"),
    "application.declined": mark("declined the application"),
    "application.made": mark("applied to be let in"),
    "application.withdrawn": mark("withdrew the application"),
    "closing.noted": mark("noted an answer or a letter"),
    "closing.taken_back": mark("took back an answer or a letter"),
    "broadcast.cancelled": mark("called off a message to many"),
    "broadcast.confirmed": mark("confirmed a message to many"),
    "broadcast.left": mark("let a message to many leave at its time"),
    "broadcast.resent": mark("sent a message once more where it had not arrived"),
    "broadcast.stopped": mark("stopped a message to many"),
    "cluster.changed": mark("changed the cluster"),
    "cluster.made": mark("made the cluster"),
    "code.made": mark("made a one-time code"),
    "code.revoked": mark("revoked a one-time code"),
    "code.used": mark("used a one-time code"),
    "consent.declined": mark("did not agree to the notice on personal data"),
    "consent.given": mark("agreed to the notice on personal data"),
    "consent.withdrawn": mark("withdrew the consent to the notice on personal data"),
    "draft.cancelled": mark("gave up the draft"),
    "draft.opened": mark("opened the draft"),
    "draft.submitted": mark("finished the draft"),
    "escalation.begun": mark("found units silent, to be told to who looks after them"),
    "escalation.decided": mark("decided whether those who look after silent units are told"),
    "exemplar.amended": mark("changed the registration"),
    "exemplar.carried": mark("carried over"),
    "exemplar.registered": mark("registered"),
    "exemplar.scored": mark("scored"),
    "exemplar.stopped": mark("stopped"),
    "exemplar.taken_up": mark("took up again"),
    "extension.granted": mark("gave one unit more time"),
    "extension.taken_back": mark("took back the extension of a unit"),
    "group.linked": mark("linked the group"),
    "group.moved": mark("the group got another address"),
    "group.unlinked": mark("unlinked the group"),
    "link.used": mark("used a secret link"),
    "message.let_be": mark("let messages be that had not arrived"),
    "message.resent": mark("sent messages once more that had not arrived"),
    "occurrence.corrected": mark("corrected the day on which it happened"),
    "occurrence.noted": mark("noted the day on which it happened"),
    "occurrence.taken_back": mark("took back the day on which it happened"),
    "own_day.set": mark("set a day for a duty that has none"),
    "own_day.taken_back": mark("took back the day of a duty that has none"),
    "people.imported": mark("took in a list of people"),
    "person.added": mark("added the person"),
    "person.entered": mark("added the person"),
    "person.erased": mark("erased the contact data"),
    "person.language": mark("changed the language"),
    "reminder.answered": mark("answered a reminder"),
    "retention.messages": mark("let go of old messages"),
    "retention.season": mark("let go of what a season need not keep any longer"),
    "role.dated": mark("changed the dates of a function"),
    "role.ended": mark("ended a function"),
    "role.granted": mark("gave a function"),
    "role.seated": mark("seated the first administrator"),
    "season.closed": mark("closed the season"),
    "season.moved": mark("let the season go on by another version of the plan"),
    "season.opened": mark("opened the season"),
    "season.set": mark("changed what goes by itself and what waits for the office"),
    "step.marked": mark("noted the state of a reminder"),
    "step.unmarked": mark("no longer held the reminder"),
    "store.moved": mark("moved everything to another database"),
    "store.restored": mark("put a backup back in place of everything"),
    "submission.handed_in": mark("handed in"),
    "unit.begun": mark("entered the unit"),
    "unit.completed": mark("completed the unit"),
    "unit.ended": mark("ended the unit"),
    "unit.entered": mark("entered the unit"),
    "unit.merged": mark("merged units"),
    "unit.moved": mark("moved the unit"),
    "unit.planted": mark("entered the units of a plan"),
    "unit.renamed": mark("renamed the unit"),
    "unit.split": mark("split the unit"),
    "units.imported": mark("took in a list of units"),
}
OBJECTS: Mapping[str, str] = {
    "address": mark("address {id} ({name})"),
    "application": mark("application {id}"),
    "broadcast": mark("message no. {id}"),
    "cluster": mark("cluster {name}"),
    "code": mark("code {id}"),
    "draft": mark("draft {id} ({name})"),
    "exemplar": mark("exemplar {id} “{name}”"),
    "file": mark("file {id}"),
    "message": mark("outgoing message {id}"),
    "person": mark("{name} (number {id})"),
    "season": mark("season {name}"),
    "store": mark("all that is stored"),
    "submission": mark("paper {id} ({name})"),
    "unit": "{name}",
}
FIELDS: Mapping[str, str] = {
    "address": mark("address"),
    "answers": mark("answers"),
    "award": mark("award asked for"),
    "carried_from": mark("carried over from"),
    "cluster": mark("cluster"),
    "day": mark("day of the month"),
    "deadline": mark("last day"),
    "decision": mark("decision"),
    "draft": mark("draft"),
    "evidence": mark("pieces of evidence"),
    "exemplar": mark("exemplar"),
    "form": mark("form"),
    "function": mark("function"),
    "functions": mark("functions"),
    "kind": mark("kind"),
    "late": mark("late"),
    "link": mark("link"),
    "many": mark("number"),
    "milestone": mark("milestone"),
    "name": mark("name"),
    "new": mark("new unit"),
    "note": mark("note"),
    "on": mark("day"),
    "paper": mark("paper"),
    "parent": mark("under"),
    "person": mark("person"),
    "plan": mark("plan"),
    "points": mark("points"),
    "post": mark("work there"),
    "reason": mark("reason"),
    "season": mark("season"),
    "source": mark("model that is copied"),
    "state": mark("state"),
    "status": mark("status"),
    "step": mark("working days before"),
    "subject": mark("kind of exemplar"),
    "submission": mark("paper"),
    "total": mark("total"),
    "until": mark("until"),
    "under": mark("under"),
    "unit": mark("unit"),
    "units": mark("units"),
    "valid_from": mark("valid from"),
    "valid_to": mark("valid to"),
    "version": mark("version"),
    "year": mark("year"),
}
STATES: Mapping[str, str] = {
    "address": mark("one more address of a person"),
    "group": mark("a group"),
    "person": mark("a certain person"),
    "unit": mark("whoever is of the unit"),
    "approved": mark("approved"),
    "blocked": mark("blocked by its owner"),
    "cancelled": mark("given up"),
    "complete": mark("list closed"),
    "declined": mark("declined"),
    "gone": mark("gone"),
    "held": mark("held back"),
    "none": mark("nothing this year"),
    "ok": mark("can be reached"),
    "open": mark("being filled in"),
    "overtaken": mark("overtaken by a later one"),
    "paper": mark("letter on paper"),
    "registered": mark("registered"),
    "released": mark("sent"),
    "self_scored": mark("self-scored, handed in"),
    "stopped": mark("stopped"),
    "submitted": mark("handed in"),
    "waiting": mark("waiting"),
    "withdrawn": mark("withdrawn"),
}
FORMS: Mapping[str, str] = {
    SELF_SCORE: mark("scorecard"),
    PAPER: mark("letter received"),
    OCCURRENCE: mark("day of an event"),
}
_REFERENCES: Mapping[str, str] = {
    "carried_from": "exemplar",
    "cluster": "cluster",
    "draft": "draft",
    "exemplar": "exemplar",
    "parent": "unit",
    "person": "person",
    "season": "season",
    "submission": "submission",
    "under": "unit",
    "unit": "unit",
    "units": "unit",
}
"""Fields whose values are numbers of that kind of thing."""
WITHHELD = frozenset({"points", "total", "evidence"})
"""What only those may see who see the unit's points."""

YES, NO = mark("Yes"), mark("No")
ERASED = mark("(erased)")
SERVER = mark("on the server")
CLOCK = mark("Khéo by itself")
SOMEBODY = mark("somebody who was not known")
DIGEST = mark("text with the mark {digest}")
NOTHING = mark("The trace holds nothing of it.")
TITLE = mark("Trace: {what}")
OLDER = mark("The {n} newest entries; older ones are printed on the server by “kheo audit show”.")
HOW = mark("Please name the number of an exemplar or a unit, e.g. “/nhatky 12” or “/nhatky {unit}”.")


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/nhatky: what was done to an exemplar (by its number) or to a unit, for who may see the trace."""
    exemplar = _exemplar_meant(turn, asked)
    if exemplar is not None:
        object = f"exemplar:{exemplar}"
        wanted = Wanted(objects=audit.with_its_parts(turn.tx, object))
    else:
        if not asked.words:
            if not turn.own_units(Action.SEE_TRACE):
                raise NotAllowed(NO_RIGHT)
            return [Reply(turn.say.say(HOW, unit=_some_unit(turn)))]
        unit, ask_back = unit_meant(turn, asked, "nhatky")
        if unit is None:
            return ask_back
        turn.need(Action.SEE_TRACE, unit.id)
        object, wanted = f"unit:{unit.id}", Wanted(units=(unit.id,))
    rows = audit.rows(turn.tx, wanted, limit=SHOWN_AT_MOST + 1, newest=True)
    words = Words(turn.tx, turn.office, turn.say, rows, (object,))
    lines = [_for(turn, words, row) for row in rows[-SHOWN_AT_MOST:]]
    if len(rows) > SHOWN_AT_MOST:
        lines.append(turn.say.say(OLDER, n=SHOWN_AT_MOST))
    text = "\n".join(lines) or turn.say.say(NOTHING)
    return [Reply(text, title=turn.say.say(TITLE, what=words.object(object)))]


def _exemplar_meant(turn: Turn, asked: Asked) -> int | None:
    """The number of an exemplar whose trace the speaker may see; None where no number was named.

    Whether there is one under that number, who may not see it does not learn.
    """
    number = number_in(asked.words, "e")
    typed = asked.words[0].lstrip("#") if len(asked.words) == 1 else ""
    if number is None and typed.isascii() and typed.isdecimal() and len(typed) < LONGEST_WORD:
        number = int(typed)
    if number is None:
        return None
    try:
        found = exemplars.by_id(turn.tx, number)
    except LookupError:
        raise NotAllowed(NO_RIGHT) from None
    turn.need(Action.SEE_TRACE, found.unit_id)
    return number


def _some_unit(turn: Turn) -> str:
    units = turn.office.units
    return next((u.name for u in units.values() if u.parent_id is not None), "…")


def _for(turn: Turn, words: Words, row: Row) -> str:
    """The row for the speaker: points only for who may see those of that unit."""
    sees = row.about is not None and turn.can(Action.SEE_POINTS, row.about)
    return words.line(row, without=frozenset() if sees else WITHHELD)


class Words:
    """Rows of the trace in words; what they are about is looked up once for all of them."""

    def __init__(self, tx: Tx, office: Office, say: Language, rows: Iterable[Row], more: Iterable[str] = ()) -> None:
        self._office = office
        self._say = say
        rows = list(rows)
        first = audit.things(tx, {*more, *(object for row in rows for object in _objects(row))})
        behind = {
            f"{noun}:{id}"
            for one in first.values()
            for noun, id in (("exemplar", one.exemplar), ("season", one.season))
        }
        self._things = {**audit.things(tx, behind), **first}

    def line(self, row: Row, *, without: frozenset[str] = frozenset()) -> str:
        """One row: number, moment, who, what, and what it was before and after."""
        what = self._say.say(ACTIONS[row.action]) if row.action in ACTIONS else row.action
        about = self._about(row)
        head = f"#{row.id} · {self._say.moment(row.at.astimezone(ZONE))} · {self._who(row)} · {what}: {about}"
        said = self._changed(row, without)
        return f"{head}\n   {'; '.join(said)}" if said else head

    def object(self, object: str) -> str:
        """What it is called today."""
        noun, _, id = object.partition(":")
        if noun == "unit":
            return self._unit(int(id)) if id.isdecimal() else object
        thing = self._things.get(object)
        template = OBJECTS.get(noun)
        if template is None:
            return object
        erased = self._say.say(ERASED)
        if thing is None and noun != "file":
            return f"{self._say.say(template, id=id, name='–')} {erased}"
        name = "–" if thing is None or thing.erased else self._name(noun, thing)
        told = self._say.say(template, id=id, name=name)
        return f"{told} {erased}" if thing is not None and thing.erased else told

    def _name(self, noun: str, thing: Thing) -> str:
        if noun == "season":
            return f"{self._plan(thing)} {thing.year}"
        if noun in ("draft", "submission"):
            return self._form(thing)
        if noun == "address":
            return self._say.channel(thing.name)
        return thing.name

    def _plan(self, thing: Thing) -> str:
        try:
            return self._office.plan_of(thing.season or 0).name
        except LookupError:
            return thing.name

    def _form(self, thing: Thing) -> str:
        if thing.form in FORMS:
            title = self._say.say(FORMS[thing.form])
        else:
            try:
                title = self._office.plan_of(thing.season or 0).form(thing.form).title
            except LookupError:
                title = thing.form
        return title if thing.exemplar is None else f"{title}, {self.object(f'exemplar:{thing.exemplar}')}"

    def _unit(self, id: int) -> str:
        return self._office.units[id].name if id in self._office.units else f"unit:{id} {self._say.say(ERASED)}"

    def _about(self, row: Row) -> str:
        told = self.object(row.object)
        if row.about is None or row.object == f"unit:{row.about}":
            return told
        return f"{told} – {self._unit(row.about)}"

    def _who(self, row: Row) -> str:
        if row.person is None:
            alone = {audit.SERVER: SERVER, audit.CLOCK: CLOCK}.get(row.channel)
            if alone is not None:
                return self._say.say(alone)
            return f"{self._say.say(SOMEBODY)}, {self._say.channel(row.channel)}"
        who = self._things.get(f"person:{row.person}")
        name = who.name if who is not None and not who.erased else self.object(f"person:{row.person}")
        place = "" if row.unit is None else f" ({self._unit(row.unit)})"
        return f"{name}{place}, {self._say.channel(row.channel)}"

    def _changed(self, row: Row, without: frozenset[str]) -> list[str]:
        said = []
        for field in [*row.after, *(name for name in row.before if name not in row.after)]:
            before, after = row.before.get(field), row.after.get(field)
            if field in without or (_empty(before) and _empty(after)):
                continue
            label = self._say.say(FIELDS[field]) if field in FIELDS else field
            if isinstance(before, Mapping) or isinstance(after, Mapping):
                said.append(f"{label}: {self._each(before or {}, after or {})}")
            elif field in row.before and before != after:
                said.append(f"{label}: {self._value(field, before)} → {self._value(field, after)}")
            else:
                said.append(f"{label}: {self._value(field, after)}")
        return said

    def _each(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
        told = []
        for name in sorted({*before, *after}):
            now = self._value(name, after.get(name))
            changed = before and before.get(name) != after.get(name)
            told.append(f"{name}: {self._value(name, before.get(name))} → {now}" if changed else f"{name}: {now}")
        return ", ".join(told)

    def _value(self, field: str, value: Any) -> str:
        if _empty(value):
            return "–"
        if isinstance(value, bool):
            return self._say.say(YES if value else NO).lower()
        if field in _REFERENCES:
            noun = _REFERENCES[field]
            numbers = value if isinstance(value, list) else [value]
            named = ", ".join(self.object(f"{noun}:{number}") for number in numbers[:LISTED_AT_MOST])
            more = len(numbers) - LISTED_AT_MOST
            return f"{named} {self._say.say_n('… and {n} more', '… and {n} more', more)}" if more > 0 else named
        if field == "functions" and isinstance(value, list):
            return ", ".join(self._function(one) for one in value)
        if isinstance(value, str):
            return self._text(field, value)
        return self._say.number(value) if isinstance(value, int) and field != "year" else str(value)

    def _function(self, one: Any) -> str:
        return called(self._say, one[0]) if isinstance(one, list) and one and isinstance(one[0], str) else str(one)

    def _text(self, field: str, value: str) -> str:
        if value.startswith("~"):
            return self._say.say(DIGEST, digest=value[: DIGEST_LETTERS + 1])
        if field in ("state", "kind") and value in STATES:
            return self._say.say(STATES[value])
        if field == "function" and value in FUNCTIONS:
            return called(self._say, value)
        for read in (_day, _decimal):
            known = read(value)
            if known is not None:
                return self._say.date(known) if isinstance(known, date) else self._say.number(known)
        return value


def _objects(row: Row) -> Iterable[str]:
    """Everything that the row refers to."""
    yield row.object
    if row.person is not None:
        yield f"person:{row.person}"
    for said in (row.before, row.after):
        for field, noun in _REFERENCES.items():
            value = said.get(field)
            for number in value if isinstance(value, list) else [value]:
                if isinstance(number, int):
                    yield f"{noun}:{number}"


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def _day(value: str) -> date | None:
    try:
        return datetime.fromisoformat(value).astimezone(ZONE).date() if len(value) > 10 else date.fromisoformat(value)
    except ValueError:
        return None


def _decimal(value: str) -> Decimal | None:
    """A number of points; “01” is none, it is a code."""
    try:
        return Decimal(value) if value[0].isdigit() and not (value[0] == "0" and value[1:2].isdigit()) else None
    except InvalidOperation:
        return None
