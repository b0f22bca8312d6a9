"""People and groups on the server: entered, invited, listed, taken back, handed over."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.chat import readable
from bot.clock import ZONE, Clock
from bot.config import settings
from bot.errors import KheoError
from bot.operator.store import tops, unit_named, with_store
from bot.rules.access import ADMINISTRATOR, FUNCTIONS, OFFICER
from bot.store import addresses, clusters, invitations, outbox, people, roster
from bot.store.addresses import Reach
from bot.store.clusters import Cluster
from bot.store.engine import Tx
from bot.store.invitations import Invitation
from bot.store.roster import Held
from bot.texts import Language, language, mark
from bot.turn import Office
from bot.vietnamese import fold
from handlers.functions import FOR_CLUSTER, called, where

CODE = mark("{name} – {unit}. One-time code, valid {days} days: {code}")
CODE_HOW = mark(
    "Telegram: t.me/BOT?start={code} · web: {address}/chat/start?code={code} · or type the code in the chat."
)
TYPED_HOW = mark("{channel}: open the office's bot there and type the code in the chat.")
GROUP_CODE = mark("Code for a group of {unit}, valid {days} days: type “/lienket {code}” in the group.")
ANYBODY = mark("whoever gets the code")
NO_UNIT_YET = mark(
    "There is no unit in force yet: the function is bound to the top units by the first command that enters any (kheo "
    "season open, kheo units import). Until then it gives no right."
)
PERSON_LINE = mark("{unit} · {name} · {function} · {reached}")
NOT_JOINED = mark("has not joined")
NOT_REACHED = mark("{channel}: not reached since {since}")
INVITATION_LINE = mark("invitation {id}: {who} · {unit} · {function} · until {until}")
GROUP_INVITATION_LINE = mark("invitation {id}: group of {unit} · until {until}")
NOBODY = mark("Nobody is entered yet.")
NOWHERE = mark("(no unit yet)")
REVOKED = mark("Invitation {id} is taken back; its code lets nobody in any more.")
NOT_REVOKED = mark("There is no invitation {id} that could still be used; kheo people list shows them.")
HANDED_OVER = mark("Handed over from {old} to {new}: {functions}. {old} has no access by them any more.")
ENDED = mark("{old} has no access any more: {functions}. Nobody holds them now.")
GROUP_LINE = mark("group {id}: {name} · {unit} · {reached}")
NO_GROUPS = mark("No group is linked.")
UNLINKED = mark("Group {id} is not linked to {unit} any more.")
NO_GROUP = mark("No group {id} is linked; kheo group list shows them.")


def add_people_commands(commands: Any) -> None:
    """`kheo people add | invite | list | revoke | handover`."""
    added = commands.add_parser("add", help="enter a person and print their one-time code")
    added.add_argument("name")
    _place(added)
    added.add_argument("--language", choices=["vi", "en"], default="vi")
    _picture(added)
    added.set_defaults(run=_add)

    invited = commands.add_parser("invite", help="print a code: for a unit and a function, or anew for a person")
    invited.add_argument("name", nargs="?", default="", help="somebody entered already; without, whoever gets the code")
    _place(invited, required=False)
    _picture(invited)
    invited.set_defaults(run=_invite)

    listed = commands.add_parser("list", help="who holds what, whether they are reached, and unused invitations")
    listed.add_argument("--unit", help="only of this unit")
    listed.set_defaults(run=_list)

    revoked = commands.add_parser("revoke", help="take an unused invitation back")
    revoked.add_argument("id", type=int, help="its number in kheo people list")
    revoked.set_defaults(run=_revoke)

    handed = commands.add_parser("handover", help="replace a person in one act")
    handed.add_argument("name", help="whose functions end")
    handed.add_argument("--unit", help="only those at this unit")
    to = handed.add_mutually_exclusive_group(required=True)
    to.add_argument("--to", help="who takes over: somebody of the unit, or somebody new, who gets a code")
    to.add_argument("--nobody", action="store_true", help="nobody takes over yet")
    handed.set_defaults(run=_hand_over)


def add_group_commands(commands: Any) -> None:
    """`kheo group link | list | unlink`."""
    linked = commands.add_parser("link", help="print a code that links a group to a unit")
    linked.add_argument("--unit", required=True, help="the unit's name or code")
    linked.set_defaults(run=_group_link)
    listed = commands.add_parser("list", help="the linked groups and whether they are reached")
    listed.set_defaults(run=_group_list)
    unlinked = commands.add_parser("unlink", help="let a group belong to no unit any more")
    unlinked.add_argument("id", type=int, help="its number in kheo group list")
    unlinked.set_defaults(run=_group_unlink)


def add_admin_commands(commands: Any) -> None:
    """`kheo admin invite`."""
    invited = commands.add_parser("invite", help="make somebody an administrator and print their one-time code")
    invited.add_argument("name")
    invited.add_argument("--unit", help="of this unit and all below; by default of every top unit")
    invited.add_argument("--language", choices=["vi", "en"], default="vi")
    _picture(invited)
    invited.set_defaults(run=_admin)


def _place(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    place = parser.add_mutually_exclusive_group(required=required)
    place.add_argument("--unit", help="the unit's name or code")
    place.add_argument("--cluster", help="the cluster's name or code")
    parser.add_argument("--role", choices=FUNCTIONS, default=OFFICER)


def _picture(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--picture", type=Path, metavar="FILE.png", help="write the web link as a QR picture, too")


def _add(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        now, name = Clock().now(), _name(given.name)
        unit_id, cluster_id, place = _placed(office, tx, given)
        person_id = people.add(tx, name, unit_id, given.role, now, given.language, cluster_id=cluster_id)
        return _told(name, place, people.make_code(tx, now, person_id=person_id), given.picture)

    return with_store(work)


def _invite(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        now, say = Clock().now(), language("vi")
        if given.name:
            held = _person(office, tx, given.name, given.unit, now)
            invitations.revoke_all_of(tx, held[0].person_id, now)
            code = people.make_code(tx, now, person_id=held[0].person_id)
            return _told(held[0].name, _functions(office, tx, say, held), code, given.picture)
        if not given.unit and not given.cluster:
            raise KheoError("For whom? kheo people invite --unit 'xã Vạn Hưng' --role officer, or the name of a person")
        unit_id, cluster_id, place = _placed(office, tx, given)
        code = people.make_code(tx, now, unit_id=unit_id, cluster_id=cluster_id, function=given.role)
        return _told(say.say(ANYBODY), f"{place}, {called(say, given.role)}", code, given.picture)

    return with_store(work)


def _admin(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        now, say, name = Clock().now(), language("vi"), _name(given.name)
        places = [unit_named(office, given.unit).id] if given.unit else [unit.id for unit in tops(office, now)]
        there = {o.person_id for o in roster.everybody(tx, now) if o.function == ADMINISTRATOR and _is(o, name)}
        if len(there) == 1:  # the same again: a fresh code, and what there is of units by now
            (person_id,) = there
            invitations.revoke_all_of(tx, person_id, now)
        else:
            person_id = people.add(tx, name, places[0] if places else None, ADMINISTRATOR, now, given.language)
        for id in places:
            people.grant(tx, person_id, ADMINISTRATOR, now, unit_id=id)
        named = ", ".join(office.units[id].name for id in places)
        code = people.make_code(tx, now, person_id=person_id)
        told = _told(name, named or called(say, ADMINISTRATOR), code, given.picture)
        return told if places else f"{told}\n{say.say(NO_UNIT_YET)}"

    return with_store(work)


def _list(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        now, say = Clock().now(), language("vi")
        unit_id = unit_named(office, given.unit).id if given.unit else None
        held = [o for o in roster.everybody(tx, now) if unit_id in (None, o.unit_id)]
        ways = addresses.of_people(tx, {one.person_id for one in held})
        known = clusters.by_id(tx)
        lines = [
            say.say(
                PERSON_LINE,
                unit=where(office, say, one, known) or say.say(NOWHERE),
                name=one.name,
                function=called(say, one.function),
                reached=_reached(say, ways.get(one.person_id, ())),
            )
            for one in held
        ]
        for one in invitations.outstanding(tx, now):
            if unit_id is None or unit_id in one.units:
                lines.append(_invitation(office, say, one, known))
        return "\n".join(lines) or say.say(NOBODY)

    return with_store(work)


def _revoke(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        if not invitations.revoke(tx, given.id, Clock().now()):
            raise KheoError(language("vi").say(NOT_REVOKED, id=given.id))
        return language("vi").say(REVOKED, id=given.id)

    return with_store(work)


def _hand_over(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        now, say = Clock().now(), language("vi")
        held = _person(office, tx, given.name, given.unit, now)
        old, functions = held[0], _functions(office, tx, say, held)
        name = "" if given.nobody else _name(given.to)
        near = roster.at_units(tx, [one.unit_id for one in held if one.unit_id is not None], now)
        known = next((one for one in near if _is(one, name)), None)
        if known is not None and known.person_id == old.person_id:
            raise KheoError(f"{old.name} cannot take over from themselves: name somebody else, or --nobody")
        to = None if given.nobody else known.person_id if known else people.enter(tx, name, now)
        roster.hand_over(tx, held, to, now)
        invitations.revoke_all_of(tx, old.person_id, now)
        outbox.take_back(tx, [way.id for way in addresses.of_person(tx, old.person_id)])
        if to is None:
            return say.say(ENDED, old=old.name, functions=functions)
        told = say.say(HANDED_OVER, old=old.name, new=known.name if known else name, functions=functions)
        return told if known else f"{told}\n{_told(name, functions, people.make_code(tx, now, person_id=to))}"

    return with_store(work)


def _group_link(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        unit = unit_named(office, given.unit)
        code = people.make_code(tx, Clock().now(), unit_id=unit.id)
        return language("vi").say(GROUP_CODE, unit=unit.name, days=people.CODE_DAYS, code=code)

    return with_store(work)


def _group_list(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        say = language("vi")
        lines = [
            say.say(
                GROUP_LINE,
                id=group.id,
                name=group.name,
                unit=office.units[group.unit_id].name if group.unit_id is not None else "",
                reached=_reached(say, [group]),
            )
            for group in addresses.groups_of_units(tx, office.units)
        ]
        return "\n".join(lines) or say.say(NO_GROUPS)

    return with_store(work)


def _group_unlink(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        say = language("vi")
        group = next((g for g in addresses.groups_of_units(tx, office.units) if g.id == given.id), None)
        if group is None or group.unit_id is None:
            raise KheoError(say.say(NO_GROUP, id=given.id))
        people.link_group(tx, group.id, None, Clock().now())
        return say.say(UNLINKED, id=given.id, unit=office.units[group.unit_id].name)

    return with_store(work)


def _name(typed: str) -> str:
    name = " ".join(readable(typed).split())
    if not name:
        raise KheoError("The name is empty: kheo people add 'Nguyễn Thị Lan' --unit 'xã Vạn Hưng'")
    return name


def _is(one: Held, name: str) -> bool:
    return fold(one.name) == fold(name)


def _person(office: Office, tx: Tx, name: str, unit: str | None, now: datetime) -> list[Held]:
    """What the person of that name holds (at that unit, if one is named); KheoError if it is nobody, or several."""
    unit_id = unit_named(office, unit).id if unit else None
    found = [o for o in roster.everybody(tx, now) if _is(o, _name(name)) and unit_id in (None, o.unit_id)]
    if not found:
        raise KheoError(f"Nobody called “{name}” holds a function{' there' if unit else ''}; see kheo people list")
    if len({one.person_id for one in found}) > 1:
        among = _functions(office, tx, language("vi"), found)
        raise KheoError(f"Several people are called “{name}” ({among}): name the unit with --unit")
    return found


def _placed(office: Office, tx: Tx, given: argparse.Namespace) -> tuple[int | None, int | None, str]:
    """(unit, cluster, what it is called): exactly one of the two ids."""
    if not given.cluster:
        unit = unit_named(office, given.unit)
        return unit.id, None, unit.name
    known = clusters.every(tx)
    found = [one for one in known if one.code == given.cluster or fold(one.name) == fold(given.cluster)]
    if len(found) != 1:
        among = ", ".join(f"{one.code} ({one.name})" for one in known) or "none yet"
        raise KheoError(f"“{given.cluster}” is not one cluster. Known: {among}.")
    if given.role not in FOR_CLUSTER:
        raise KheoError(f"For a cluster one is {', '.join(FOR_CLUSTER)}; {given.role} is of a unit: --unit")
    return None, found[0].id, found[0].name


def _functions(office: Office, tx: Tx, say: Language, held: Iterable[Held]) -> str:
    known = clusters.by_id(tx)
    return ", ".join(f"{called(say, one.function)} – {where(office, say, one, known)}" for one in held)


def _told(name: str, place: str, code: str, picture: Path | None = None) -> str:
    say, own = language("vi"), settings()
    address = own.public_url or f"http://127.0.0.1:{own.port}"
    if picture is not None:
        if not own.public_url:
            raise KheoError("--picture: a phone cannot open a page of this machine; set KHEO_PUBLIC_URL first")
        _draw(f"{address}/chat/start?code={code}", picture)
    first = say.say(CODE, name=name, unit=place, days=people.CODE_DAYS, code=code)
    lines = [first, say.say(CODE_HOW, code=code, address=address)]
    if own.zalo_tokens:
        lines.append(say.say(TYPED_HOW, channel=say.channel("zalo")))
    return "\n".join(lines)


def _draw(link: str, picture: Path) -> None:
    import segno  # only where a picture is asked for

    try:
        segno.make(link, error="m", micro=False).save(str(picture), kind="png", scale=8, border=4)
    except OSError as refused:
        raise KheoError(f"--picture: {picture} cannot be written ({refused.strerror})") from None


def _reached(say: Language, ways: Sequence[Reach]) -> str:
    if not ways:
        return say.say(NOT_JOINED)
    said = []
    for way in ways:
        channel = say.channel(way.channel)
        since = (way.state_at or way.since).astimezone(ZONE)
        said.append(channel if way.state == "ok" else say.say(NOT_REACHED, channel=channel, since=since))
    return ", ".join(said)


def _invitation(office: Office, say: Language, one: Invitation, known: dict[int, Cluster]) -> str:
    units = ", ".join(office.units[id].name for id in one.units if id in office.units)
    until = one.expires_at.astimezone(ZONE)
    if one.kind == "group":
        return say.say(GROUP_INVITATION_LINE, id=one.id, unit=units, until=until)
    if not units and one.cluster_id in known:
        units = known[one.cluster_id].name
    who, units = one.name or say.say(ANYBODY), units or say.say(NOWHERE)
    return say.say(INVITATION_LINE, id=one.id, who=who, unit=units, function=called(say, one.function), until=until)
