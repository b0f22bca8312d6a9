"""What a scorecard comes to, in factual words: points, grade, and level by level what is fulfilled, missing or unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from bot.plan.criteria import CriteriaTable, Delegated
from bot.plan.levels import EvidenceEachRow, FactIs, GradeScale, Level
from bot.plan.model import Plan
from bot.rules.conditions import OF_POINTS, Shortfall, Standing, Verdict, conditions
from bot.rules.grades import grade, reached, scales_of
from bot.rules.rows import highest
from bot.rules.scoring import Marked, Scorecard, most, only_ticks
from bot.rules.undetermined import Undetermined
from bot.store.exemplars import Exemplar
from bot.texts import mark
from bot.turn import Turn

TOTAL = mark("{total}/{most} points.")
TOTAL_OPEN = mark("The total cannot be told yet: {why}.")
TICKS = mark("{n} of {all} points of the list are confirmed.")
GRADE = mark("{scale}: {grade}.")
GRADE_OPEN = mark("{scale}: cannot be told yet: {why}.")
GRADE_BY_POINTS = mark("{scale}: {grade} by the points; cannot be told for good yet: {why}.")
FULFILLED = mark("Points and evidence are sufficient to be proposed for {levels}.")
FULFILLED_POINTS = mark("The points are sufficient to be proposed for {levels}.")
FULFILLED_TICKS = mark("All points of the list are confirmed, as is needed to be proposed for {levels}.")
SHORT = mark("Not yet eligible to be proposed for {levels}: {what}.")
OPEN = mark("Whether it can be proposed for {levels} cannot be told yet: {why}.")
ALSO = mark("To be proposed for {levels} there is more to look at: {what}.")

UNKNOWN: Mapping[str, str] = {
    "award_unknown": mark("an award at {level} (no information yet)"),
    "band_gap": mark("for the number given at criterion {code} the plan states no points"),
    "band_overlap": mark("for the number given at criterion {code} the plan states different points"),
    "below_zero": mark("the penalty is larger than the points, and the plan does not say what follows"),
    "column_missing": mark("the column “{column}” decides, and has no points yet"),
    "counted_twice": mark(
        "criterion {code} counts the same merit as another one, and the plan does not say which of them stands"
    ),
    "delegated": mark("criterion {code} is scored by {by}, which has not done so yet"),
    "fact_unknown": mark("“{fact}” (no information yet)"),
    "figure_unread": mark("whether the documents of criterion {code} hold figures is for a person to see"),
    "grade_gap": mark("the plan states no grade for these points"),
    "grade_overlap": mark("the plan states several grades for these points"),
    "history_unknown": mark("recognition at {level} in earlier years (no information yet)"),
    "leader_unknown": mark("criterion {code} is measured by the best of the group, whose number is not known yet"),
    "leader_zero": mark("at criterion {code} the best of the group has 0, and the plan does not say what follows"),
    "no_rounding": mark("the plan does not say how criterion {code} is rounded"),
    "not_applicable_unsaid": mark("the plan does not say what follows when criterion {code} has a total of 0"),
    "nothing_applies": mark("none of the criteria applies, and the plan does not say what follows"),
    "person_decides": mark("because of “{fact}” a person decides"),
    "registration_unknown": mark("registration in the year (no information yet)"),
    "reorganised": mark("recognition at {level}: the unit was reorganised in between, so a person decides"),
    "vote_share_unsaid": mark("the plan does not say which share of the votes is needed"),
    "vote_unknown": mark("the vote of the collective (no information yet)"),
    "whole_zero": mark("the plan does not say what follows when criterion {code} has a total of 0"),
}
"""By the reason why something is undetermined."""
ROUNDED_TOTAL = mark("the plan does not say how the total is rounded")
NOT_LAID_DOWN = mark("this is not laid down in the plan")


def verdict_words(turn: Turn, plan: Plan, card: Scorecard, e: Exemplar) -> str:
    """Total, groups and grade, and what that means for each level; the exemplar is registered, or it had no card."""
    words = _Words(turn, plan, card, Standing(year=e.year, registered=True, vote=_vote(plan, e)))
    return "\n".join([*words.points(), *words.grades(), *words.levels()])


def _vote(plan: Plan, e: Exemplar) -> tuple[int, int] | None:
    """The vote of the collective that its registration tells: (for it, who voted)."""
    form = plan.registration
    if form is None:
        return None
    counts = [e.answers.get(id) for id in (form.exemplar.votes_for, form.exemplar.votes_cast)]
    agreed, voted = (None if count is None else int(Decimal(str(count))) for count in counts)
    return None if agreed is None or voted is None else (agreed, voted)


def listed(turn: Turn, names: Sequence[str]) -> str:
    """“cấp huyện và cấp tỉnh”."""
    if len(names) < 2:
        return "".join(names)
    return turn.say.say("{first} and {last}", first=", ".join(names[:-1]), last=names[-1])


def spans(codes: Sequence[str]) -> str:
    """“02–04, 07” for 02, 03, 04, 07; codes that are no numbers stand one by one."""
    runs: list[list[str]] = []
    for code in codes:
        follows = runs and code.isdecimal() and runs[-1][-1].isdecimal() and int(code) == int(runs[-1][-1]) + 1
        if follows:
            runs[-1].append(code)
        else:
            runs.append([code])
    return ", ".join(
        run[0] if len(run) == 1 else f"{run[0]}, {run[1]}" if len(run) == 2 else f"{run[0]}–{run[-1]}" for run in runs
    )


class _Words:
    """One scorecard put into words."""

    def __init__(self, turn: Turn, plan: Plan, card: Scorecard, standing: Standing) -> None:
        self.turn = turn
        self.plan = plan
        self.card = card
        self.table: CriteriaTable = card.table
        self.standing = standing
        self.graded: list[tuple[GradeScale, str]] = []
        if plan.grades and not card.missing_rows:  # before the last row is scored any grade would be a wrong one
            self._grade()

    def points(self) -> list[str]:
        """The total; of a list of ticks how many are given; of a graded table each group as well."""
        say = self.turn.say
        if only_ticks(self.table):
            given = sum(1 for row in self.card.rows if self.card.inputs.get(row.code) is True)
            return [say.say(TICKS, n=given, all=len(self.card.rows))]
        total = self.card.total
        if isinstance(total, Undetermined):
            lines = [say.say(TOTAL_OPEN, why=self._why(total))]
        else:
            lines = [say.say(TOTAL, total=total, most=most(self.table))]
        if self.plan.grades:
            lines += self._parts()
        return lines

    def _parts(self) -> list[str]:
        """Each group, bonus and penalty in one line; a plain table without either needs none."""
        say, outcome = self.turn.say, self.card.outcome
        beside = [say.say("bonus {points}", points=one.points) for one in outcome.bonus if self._counts(one)]
        beside += [say.say("penalty {points}", points=one.points) for one in outcome.penalty if self._counts(one)]
        if not beside and not any(one.row.rows for one in outcome.rows):
            return []
        return [" · ".join([*(self._part(one) for one in outcome.rows if highest(one.row)), *beside])]

    def _counts(self, one: Marked) -> bool:
        return not isinstance(one.points, Undetermined) and bool(one.points)

    def _part(self, one: Marked) -> str:
        """“I: 25/30”."""
        number = self.turn.say.number
        if one.out:
            return f"{one.code}: {self.turn.say.say('does not apply')}"
        if one.points is None or isinstance(one.points, Undetermined):
            return f"{one.code}: –/{number(highest(one.row))}"
        return f"{one.code}: {number(one.points)}/{number(one.most)}"

    def grades(self) -> list[str]:
        return [sentence for _, sentence in self.graded]

    def _grade(self) -> None:
        found: dict[str, tuple[str, ...] | Undetermined] = {}
        for scale in scales_of(self.plan.grades, self.table):
            graded = grade(scale, self.card.total, self.card, self.standing)
            found[scale.id] = reached(scale, graded.grade)
            say = self.turn.say.say
            if not isinstance(graded.grade, Undetermined):
                sentence = say(GRADE, scale=scale.name, grade=graded.grade.name)
            elif isinstance(graded.by_points, Undetermined):
                sentence = say(GRADE_OPEN, scale=scale.name, why=self._why(graded.grade))
            else:
                why = self._why(graded.grade)
                sentence = say(GRADE_BY_POINTS, scale=scale.name, grade=graded.by_points.name, why=why)
            self.graded.append((scale, sentence))
        self.standing = replace(self.standing, grades=found)

    def levels(self) -> list[str]:
        """Levels of which the same is to be said stand in one sentence."""
        say = self.turn.say.say
        alike: dict[tuple[Verdict, str], list[str]] = {}
        beside: dict[tuple[Undetermined, ...], list[str]] = {}
        for level in self.plan.levels:
            if not level.passes or self.table.level not in ("", level.id):
                continue
            of_points, others = self._looked_at(level)
            short = (*of_points.shortfalls, *others.shortfalls)
            enough = self._enough(level)
            if short or of_points.undetermined or enough:
                alike.setdefault((Verdict(short, of_points.undetermined), enough), []).append(level.name)
            if others.undetermined and not short:
                beside.setdefault(others.undetermined, []).append(level.name)
        lines: list[str] = []
        for (found, enough), names in alike.items():
            levels = listed(self.turn, names)
            if found.shortfalls:
                lines.append(say(SHORT, levels=levels, what="; ".join(self._shortfalls(found.shortfalls))))
            elif found.undetermined:
                lines.append(say(OPEN, levels=levels, why=self._all(found.undetermined)))
            else:
                lines.append(say(enough, levels=levels))
        for unknown, names in beside.items():
            lines.append(say(ALSO, levels=listed(self.turn, names), what=self._all(unknown)))
        return lines

    def _looked_at(self, level: Level) -> tuple[Verdict, Verdict]:
        """What its conditions come to: those that look at the scorecard, and the others."""
        decides = level.decided_on == self.card.column
        card = self.card if decides else Undetermined("column_missing", level.decided_on)
        of_points = [rule for rule in level.passes if isinstance(rule, OF_POINTS)]
        others = [rule for rule in level.passes if not isinstance(rule, OF_POINTS)]
        return conditions(of_points, card, self.standing), conditions(others, card, self.standing)

    def _enough(self, level: Level) -> str:
        """How it is said that the points suffice; empty where the level does not look at any."""
        if not any(isinstance(rule, OF_POINTS) for rule in level.passes):
            return ""
        if only_ticks(self.table):
            return FULFILLED_TICKS
        return FULFILLED if any(isinstance(rule, EvidenceEachRow) for rule in level.passes) else FULFILLED_POINTS

    # -- what is missing -------------------------------------------------------------------------------------------

    def _shortfalls(self, shortfalls: Sequence[Shortfall]) -> list[str]:
        say, say_n = self.turn.say.say, self.turn.say.say_n

        def coded(kind: str) -> list[str]:
            return [s.code for s in shortfalls if s.kind == kind]

        parts = [self._few(s) for kind in ("row", "group", "total") for s in shortfalls if s.kind == kind]
        if zero := coded("zero"):
            parts.append(
                say_n("criterion {codes} has 0 points", "criteria {codes} have 0 points", len(zero), codes=spans(zero))
            )
        parts += self._unscored(coded("unscored"))
        if unchecked := coded("unchecked"):
            parts.append(
                say_n(
                    "point {codes} is not confirmed",
                    "points {codes} are not confirmed",
                    len(unchecked),
                    codes=spans(unchecked),
                )
            )
        if bare := coded("evidence"):
            parts.append(
                say_n(
                    "criterion {codes} has no evidence yet",
                    "criteria {codes} have no evidence yet",
                    len(bare),
                    codes=spans(bare),
                )
            )
        if figureless := coded("figure"):
            parts.append(
                say_n(
                    "criterion {codes} has no figure in its evidence yet",
                    "criteria {codes} have no figures in their evidence yet",
                    len(figureless),
                    codes=spans(figureless),
                )
            )
        for s in shortfalls:
            match s.kind:
                case "registration":
                    parts.append(say("it was not registered in the year"))
                case "award":
                    parts.append(say("an award at {level} is needed first", level=self._level(s.code)))
                case "recognition":
                    said = say("recognised at {level} in {points} years, needs {needed}",
                               level=self._level(s.code), points=s.points, needed=s.needed)  # fmt: skip
                    parts.append(said)
                case "vote":
                    parts.append(say("the vote of the collective is not sufficient"))
                case "fact" if s.points is None:
                    parts.append(say("“{fact}” does not hold", fact=self._fact(s.code)))
                case "fact":
                    parts.append(self._measured(s))
                case "grade":
                    parts.append(say("the grade is not sufficient ({scale})", scale=self._scale(s.code)))
        return parts

    def _few(self, s: Shortfall) -> str:
        say = self.turn.say.say
        if s.kind == "total":
            return say("the total is {points} points and needs {needed}", points=s.points, needed=s.needed)
        if s.kind == "group":
            return say(
                "group {code} has {points} points and needs {needed}", code=s.code, points=s.points, needed=s.needed
            )
        return say(
            "criterion {code} has {points} points and needs {needed}", code=s.code, points=s.points, needed=s.needed
        )

    def _unscored(self, codes: Sequence[str]) -> list[str]:
        """Rows without an answer: of ticks and gates one does not speak of points."""
        say_n = self.turn.say.say_n
        ticks = [code for code in codes if not highest(self.card.marked[code].row)]
        scored = [code for code in codes if code not in ticks]
        parts = []
        if scored:
            parts.append(
                say_n(
                    "criterion {codes} has no points yet",
                    "criteria {codes} have no points yet",
                    len(scored),
                    codes=spans(scored),
                )
            )
        if ticks:
            parts.append(
                say_n(
                    "point {codes} is not answered yet",
                    "points {codes} are not answered yet",
                    len(ticks),
                    codes=spans(ticks),
                )
            )
        return parts

    def _measured(self, s: Shortfall) -> str:
        fact = self._fact(s.code)
        upper = isinstance(s.rule, FactIs) and s.rule.range is not None and s.points is not None
        if upper and s.needed is not None and s.points is not None and s.points > s.needed:
            return self.turn.say.say(
                "“{fact}” is {points}, at most {needed}", fact=fact, points=s.points, needed=s.needed
            )
        return self.turn.say.say("“{fact}” is {points} and needs {needed}", fact=fact, points=s.points, needed=s.needed)

    # -- what nobody can tell --------------------------------------------------------------------------------------

    def _all(self, unknown: Sequence[Undetermined]) -> str:
        return "; ".join(dict.fromkeys(self._why(one) for one in unknown))

    def _why(self, unknown: Undetermined) -> str:
        """The reason as a part of a sentence."""
        about = unknown.about
        if unknown.reason == "no_rounding" and not about:
            return self.turn.say.say(ROUNDED_TOTAL)
        by = ""
        if unknown.reason == "delegated":
            scoring = self.table.row(about).scoring
            by = scoring.by if isinstance(scoring, Delegated) else ""
        return self.turn.say.say(
            UNKNOWN.get(unknown.reason, NOT_LAID_DOWN),
            code=about,
            by=by,
            level=self._level(about),
            fact=self._fact(about),
            column=next((column.name for column in self.table.columns if column.id == about), about),
        )

    def _level(self, id: str) -> str:
        return next((level.name for level in self.plan.levels if level.id == id), id)

    def _fact(self, id: str) -> str:
        return next((fact.name for fact in self.plan.facts if fact.id == id), id)

    def _scale(self, id: str) -> str:
        return next((scale.name for scale in self.plan.grades if scale.id == id), id)
