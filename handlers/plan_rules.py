"""Rules of the plan – criteria, conditions, numbers, targets, fields –, each answered with its quotation and place."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Reply
from bot.plan.criteria import Criterion
from bot.plan.levels import EvidenceEachRow, Level, Quota, Recognised, Target
from bot.plan.model import Plan
from bot.rules.scoring import only_ticks
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import Asked, Turn
from bot.vietnamese import fold
from handlers.models import status_label, target_lines
from handlers.quoting import end_of, from_plans, is_level, level_asked, quoted, read_as, source, whole
from handlers.words import clipped, standing, units_besides_plans

OWN_STANDING = "target.show"
"""Asked so, the unit's own standing is told as well."""
LONGEST_ROW = 90  # characters of a criterion in a list of all of them
ONE_ROW = mark("{subject} – criterion {code} (at most {max} points):")
ALL_ROWS = mark("{subject}: {rows} criteria, {total} points in all")
ONE_TICK = mark("{subject} – criterion {code} (to be confirmed, no points):")
ALL_TICKS = mark("{subject}: {rows} criteria to be confirmed, no points")
ELSEWHERE = mark("The plan holds no criteria: it leaves them to “{to}”, whose text Khéo does not have.")
KNOWN_ELSEWHERE = mark("The plan holds no criteria: it leaves them to “{to}”.")
ALIKE = mark(
    "{subject}: row {code} is printed word for word like row {twin}. It stays as printed; nobody may replace it silently. Whoever knows the right text tells the standing office ({office})."
)
CORRECTED = mark("Corrected on {when} by {who}: “{new}” instead of “{old}” ({why}).")
NOT_ALIKE = mark("No rows are printed alike in this plan.")
CONDITIONS = mark("Conditions for being proposed, {level}:")
AT_LEVEL = mark("• {level}: {what}")
NOT_COUNTED = mark(
    "How many of these have been given already Khéo does not know: decisions on awards are not kept here."
)
AT_LEAST = mark("at least {number} a year")
HOPED = mark(" ({number} hoped for)")
AT_MOST = mark("{number} at most")
COUNTING = mark("  What counts: {kinds}; nothing else does.")
IN_YEARS = mark("  The number is stated for the years up to {year}; for later years the plan states none.")
PER = {"unit": mark("Each unit"), "cluster": mark("Each cluster"), "all": mark("All together")}
NOT_KEPT = mark(
    "Decisions of earlier years are not kept by Khéo; whether a unit meets this is for the reviewers to say."
)

MEASURES = mark("The standard that it measures: “{quote}” – {place}")


def criteria(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Tiêu chí 3 là gì”: the row (of every table), its highest points and what it asks to be shown."""
    code = asked.understood.criterion if asked.understood else None
    return from_plans(
        turn, asked, lambda _, plan: _one_row(turn, plan, code) if code else _all_rows(turn, plan), mark("criteria")
    )


def _one_row(turn: Turn, plan: Plan, code: str) -> list[str]:
    lines: list[str] = []
    for table in plan.criteria:
        for row in table.leaves():
            if row.code != code:
                continue
            subject = plan.subject(table.subject).name
            sentence = ONE_TICK if only_ticks(table) else ONE_ROW
            lines.append(turn.say.say(sentence, subject=subject, code=code, max=row.max))
            lines.append(f"“{row.text}”")
            if row.evidence.hint:
                lines.append(turn.say.say("Evidence: {hint}", hint=row.evidence.hint))
            lines += [*read_as(turn, row.interpretation), *_standard_of(turn, plan, row), ""]
    return lines or _delegated(turn, plan)


def _standard_of(turn: Turn, plan: Plan, row: Criterion) -> list[str]:
    """The paragraph of the standards that the row measures, in its own words."""
    found = next((whole(one) for one in plan.standards if one.id == row.standard), None)
    return [turn.say.say(MEASURES, quote=found.text, place=found.at)] if found else []


def evidence(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Minh chứng cần những gì”: what each row (or the one that is named) asks to be shown, and the rule on it."""
    code = asked.understood.criterion if asked.understood else None
    if code:
        return criteria(turn, asked)
    return from_plans(turn, asked, lambda _, plan: _hints(turn, plan) or _delegated(turn, plan), mark("evidence"))


def _hints(turn: Turn, plan: Plan) -> list[str]:
    lines: list[str] = []
    for table in plan.criteria:
        rows = [row for row in table.leaves() if row.evidence.hint]
        if rows:
            lines.append(f"{plan.subject(table.subject).name}:")
            lines += [f"• {row.code}. {row.evidence.hint}" for row in rows]
    rules = [rule for level in plan.levels for rule in level.passes if isinstance(rule, EvidenceEachRow)]
    for rule in rules[:1]:
        lines += source(turn, rule)
    return lines


def _all_rows(turn: Turn, plan: Plan) -> list[str]:
    lines: list[str] = []
    for table in plan.criteria:
        subject, rows = plan.subject(table.subject).name, table.leaves()
        ticks = only_ticks(table)
        lines.append(turn.say.say(ALL_TICKS if ticks else ALL_ROWS, subject=subject, rows=len(rows), total=table.total))
        for row in rows:
            most = "" if ticks else f" ({turn.say.number(row.max)})"
            lines.append(f"• {row.code}. {clipped(row.text, LONGEST_ROW)}{most}")
        lines.append("")
    return lines or _delegated(turn, plan)


def _delegated(turn: Turn, plan: Plan) -> list[str]:
    """That another paper holds the criteria; nothing where this plan is simply silent."""
    elsewhere = plan.criteria_elsewhere
    if elsewhere is None:
        return []
    known = any(reference.id == elsewhere.reference and reference.known for reference in plan.references)
    return [turn.say.say(KNOWN_ELSEWHERE if known else ELSEWHERE, to=elsewhere.to), *source(turn, elsewhere)]


def erratum(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Tiêu chí 2 giống tiêu chí 1 à”: which rows are printed alike, and what has been corrected officially."""

    def told(_: Season, plan: Plan) -> list[str]:
        lines = [
            *_alike(turn, plan),
            *(turn.say.say(CORRECTED, when=e.when, who=e.who, new=e.new, old=e.old, why=e.why) for e in plan.errata),
        ]
        return lines or ([turn.say.say(NOT_ALIKE)] if plan.criteria else _delegated(turn, plan))

    return from_plans(turn, asked, told, mark("criteria"))


def _alike(turn: Turn, plan: Plan) -> list[str]:
    lines = []
    for table in plan.criteria:
        seen: dict[str, str] = {}
        for row in table.leaves():
            twin = seen.setdefault(row.text, row.code)
            if twin != row.code:
                subject = plan.subject(table.subject).name
                lines.append(turn.say.say(ALIKE, subject=subject, code=row.code, twin=twin, office=standing(plan)))
    return lines


# -- how many ----------------------------------------------------------------------------------------------------------


def quota(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Được khen mấy tập thể mấy cá nhân”: the numbers that the document names, with its words."""
    level = level_asked(asked)
    replies = from_plans(
        turn, asked, lambda _, plan: _quotas(turn, plan, level) or _quotas(turn, plan, ""), mark("the number of awards")
    )
    if " con " in f" {fold(asked.text)} " and "•" in replies[0].text:
        return [Reply(f"{replies[0].text}\n{turn.say.say(NOT_COUNTED)}", title=replies[0].title)]
    return replies


def _quotas(turn: Turn, plan: Plan, asked: str) -> list[str]:
    lines: list[str] = []
    for level in plan.levels:
        named = [(quota, words) for quota in level.quotas if (words := _quota_words(turn, plan, quota))]
        if not named or not is_level(level, asked):
            continue
        lines.append(turn.say.say(AT_LEVEL, level=level.name, what=", ".join(words for _, words in named)))
        for quota, _ in named:
            lines += source(turn, quota)
    return lines


def _quota_words(turn: Turn, plan: Plan, quota: Quota) -> str:
    """“03 tập thể”; empty where it names no number."""
    joint = turn.say.say(" or ") if quota.shared else turn.say.say(" and ")
    kinds = joint.join(plan.subject(kind).name.lower() for kind in quota.subjects)
    if quota.number is not None:
        return f"{quota.number:02d} {kinds}"
    if quota.percent is not None:
        return turn.say.say("{percent} percent of {kinds}", percent=quota.percent, kinds=kinds)
    if quota.at_most is not None:
        return turn.say.say("{kinds}: {number} at most", kinds=kinds, number=f"{quota.at_most:02d}")
    return (
        turn.say.say("{kinds}: at least {number}", kinds=kinds, number=f"{quota.at_least:02d}")
        if quota.at_least
        else ""
    )


def targets(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Mỗi đơn vị phải có mấy mô hình”, “mô hình cũ có tính không”: the plan's target and what it counts."""
    silent = mark("how many models a unit must have, and whether earlier ones count")
    standing_too = asked.understood is not None and asked.understood.intent == OWN_STANDING
    units = _asked_about(turn, asked) if standing_too else []

    def told(season: Season, plan: Plan) -> list[str]:
        lines = [line for target in plan.targets for line in _target(turn, plan, target)]
        part = turn.office.taking_part(season)
        for unit in (unit for unit in units if lines and unit.id in part):
            stands = target_lines(turn, season, plan, unit)
            lines += [f"{unit.name}:", *stands] if stands else []
        return lines

    return from_plans(turn, asked, told, silent)


def _asked_about(turn: Turn, asked: Asked) -> list[Unit]:
    """The unit that is named, else the speaker's own; the top of a plan has no target of its own."""
    found = asked.understood.unit if asked.understood else None
    named = units_besides_plans(turn, asked.text, found).one if found else None
    ids = [named.id] if named else [*(turn.person.units if turn.person and turn.private else ())]
    return [unit for id in ids if (unit := turn.office.units.get(id)) and unit.parent_id is not None]


def _target(turn: Turn, plan: Plan, target: Target) -> list[str]:
    wanted = turn.say.say(AT_LEAST, number=f"{target.at_least:02d}") if target.at_least else ""
    if target.ambition:
        wanted += turn.say.say(HOPED, number=f"{target.ambition:02d}")
    if target.at_most is not None:
        wanted = ", ".join(filter(None, [wanted, turn.say.say(AT_MOST, number=f"{target.at_most:02d}")]))
    lines = [turn.say.say(AT_LEVEL, level=turn.say.say(PER[target.per]), what=wanted), *source(turn, target)]
    if target.counts:
        kinds = ", ".join(status_label(plan, key).lower() for key in target.counts)
        lines.append(turn.say.say(COUNTING, kinds=kinds))
    if target.last_year:
        lines.append(turn.say.say(IN_YEARS, year=str(target.last_year)))
    return lines


# -- what is asked before anybody is proposed --------------------------------------------------------------------------


def conditions(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Điều kiện đề nghị cấp tỉnh”: what is needed at each level; where “tiêu chuẩn” are asked for, their paragraphs."""
    level, said = level_asked(asked), fold(asked.text)

    def told(_: Season, plan: Plan) -> list[str]:
        lines = [line for one in plan.levels if is_level(one, level) for line in _conditions(turn, one)]
        if "tieu chuan" in said or not lines:
            lines += _standards(turn, plan, said)
        if not lines and level:
            lines = [line for one in plan.levels for line in _conditions(turn, one)]
        return lines or _delegated(turn, plan)

    return from_plans(turn, asked, told, mark("conditions for being proposed"))


def _conditions(turn: Turn, level: Level) -> list[str]:
    rules = [line for rule in level.passes for line in source(turn, rule)]
    if not rules:
        return []
    return [turn.say.say(CONDITIONS, level=level.name), *rules, *read_as(turn, level.decided_on_interpretation)]


def _standards(turn: Turn, plan: Plan, said: str) -> list[str]:
    """The paragraphs of standards, of the kind of subject that is named, else of each."""
    named = [kind for kind in plan.subjects if fold(kind.name) in said] or list(plan.subjects)
    lines: list[str] = []
    for kind in named:
        own = [standard for standard in plan.standards if standard.subject == kind.id]
        if own or kind.who:
            lines.append(f"{kind.name}: {kind.who}".rstrip(": ") + ":")
        for standard in own:
            lines += quoted(turn, whole(standard)) or [f"  “{standard.text}”"]
    return lines


def history(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“2 năm liên tục là sao”: the rule, that decisions are not kept here, and what the end of a level means for it."""

    def told(_: Season, plan: Plan) -> list[str]:
        lines: list[str] = []
        for level in plan.levels:
            rules = [rule for rule in level.passes if isinstance(rule, Recognised) and rule.years > 1]
            if not rules:
                continue
            lines.append(turn.say.say(CONDITIONS, level=level.name))
            for rule in rules:
                lines += source(turn, rule)
            signers = [_office(plan, award.signed_by) for one in plan.levels for award in one.awards]
            for office in dict.fromkeys(filter(None, signers)):
                lines += end_of(turn, plan, office)
        return [*lines, turn.say.say(NOT_KEPT)] if lines else []

    return from_plans(turn, asked, told, mark("recognition in consecutive years"))


def _office(plan: Plan, role: str) -> str:
    return next((one.office for one in plan.roles if one.id == role), "")


def spontaneous(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Có được khen đột xuất không”: the level outside registration, numbers and quarter, if the plan has one."""

    def told(_: Season, plan: Plan) -> list[str]:
        lines: list[str] = []
        for level in plan.levels:
            if level.spontaneous:
                names = ", ".join(award.name for award in level.awards)
                lines.append(f"• {level.name}: {names}" if names else f"• {level.name}")
                lines += source(turn, level)
        return lines

    return from_plans(turn, asked, told, mark("awards outside the yearly round"))


def fields(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Có những lĩnh vực gì”: the plan's fields, with the topics of the one that is named."""
    said = fold(asked.text)

    def told(_: Season, plan: Plan) -> list[str]:
        named = [field for field in plan.fields if fold(field.name) in said]
        lines: list[str] = []
        for field in named or plan.fields:
            lines.append(f"• {field.name}")
            if named:
                lines += [f"  – {topic.name}" for topic in field.topics]
            lines += source(turn, field)
        return lines

    return from_plans(turn, asked, told, mark("fields of work"))
