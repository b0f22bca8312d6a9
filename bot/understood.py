"""A plan told back in plain words, rule by rule with its quotation, so that an official can check it against the paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.plan.criteria import CriteriaTable, Criterion
from bot.plan.dates import (
    Annual,
    AtAnyTime,
    ByReference,
    DateRule,
    Every,
    Fixed,
    InMonth,
    InQuarter,
    Milestone,
    Relative,
    Window,
    occasions,
)
from bot.plan.levels import (
    AllChecked,
    AwardAt,
    EachGroup,
    EachRow,
    EvidenceEachRow,
    FactIs,
    GradeAtLeast,
    Level,
    NoZero,
    OneGroup,
    PassRule,
    Quota,
    Recognised,
    Registered,
    Target,
    TotalAtLeast,
    Vote,
)
from bot.plan.model import SELF_SCORE, FieldOfWork, Plan, Role
from bot.plan.part import Interpretation, Quote, Rule
from bot.plan.questions import Question
from bot.rules.calendar import Calendar, Deadline, MissingCalendar, due
from bot.texts import Language, mark

OWED_BY = {
    "every_unit": mark("every unit"),
    "invited_units": mark("every unit is asked; “none this year” is an answer too"),
    "live_exemplars": mark("units with an exemplar for which an award is asked"),
    "standing_office": mark("the standing office ({office})"),
    "role": mark("{office}; Khéo only tells"),
    "nobody": mark("nobody hands anything in"),
}
SETTLED_BY = {
    "submission": mark("handing in “{form}”"),
    "closing": mark("closing the list"),
    "paper": mark("a letter on paper"),
}
KINDS = {
    "text": mark("a short text"),
    "long_text": mark("a text"),
    "choice": mark("one of {count}"),
    "multi_choice": mark("some of {count}"),
    "number": mark("a number"),
    "money": mark("an amount of money"),
    "percent": mark("a percentage"),
    "date": mark("a date"),
    "month": mark("a month"),
    "yes_no": mark("yes or no"),
    "phone": mark("a phone number"),
    "person": mark("a person"),
    "unit": mark("a unit"),
    "files": mark("files"),
    "row": mark("points"),
}
SCORED = {
    "points": mark("given by hand"),
    "check": mark("yes or no"),
    "choice": mark("one of {count} descriptions"),
    "band": mark("by {count} bands of “{measure}”"),
    "ratio": mark("“{share}” divided by “{whole}”"),
    "count": mark("{each} points for each “{measure}”"),
    "minus": mark("less {each} points for each “{measure}”"),
    "sample": mark("{size} cases of “{measure}”, {each} points each"),
    "gate": mark("no points of its own; without it rows {codes} have 0"),
    "zero_item": mark("no points of its own; if it happened, the group has 0"),
    "imported": mark("follows from “{source}”"),
    "leader": mark("“{measure}” compared with the best of the group"),
    "delegated": mark("given by {by}"),
}
EVERY = {
    "month": mark("every month"),
    "quarter": mark("every quarter"),
    "half_year": mark("every half-year"),
    "year": mark("every year"),
}
SEPARATED = {
    "own_unit": mark("nobody judges their own unit"),
    "roles": mark("not in one hand: {roles}"),
    "negative_list": mark("checked against the lists of other agencies"),
}
TIES = {
    "vote": mark("Equals are told apart by a vote in the end"),
    "authority": mark("Between equals the authority decides in the end"),
    "no_order": mark("Equals are listed without an order; the plan names none"),
}
RELATIONS = {
    "basis": mark("what it is based on"),
    "parent": mark("the plan above it"),
    "criteria": mark("has the criteria"),
    "dates": mark("has the dates"),
    "scoring": mark("has the scoring"),
    "mentioned": mark("mentioned"),
}
STANDARD_FIELDS = {
    "economy": mark("economy"),
    "culture_society": mark("culture and society"),
    "defence_security": mark("defence and security"),
    "political_system": mark("building the political system"),
    "other": mark("another field"),
}
TARGETS = {
    "unit": mark("at least {n} a year for each unit"),
    "cluster": mark("at least {n} a year for each cluster"),
    "all": mark("at least {n} a year for all units together"),
}
MADE_OF = {
    "registration": mark("made by Khéo of the registration"),
    "scorecard": mark("made by Khéo of the scorecard"),
}
SYSTEMS = {"state": mark("State"), "party": mark("Party"), "front": mark("Front")}
UNITS = {
    "days": mark("{number} days"),
    "working_days": mark("{number} working days"),
    "months": mark("{number} months"),
}
SIDES = {
    "before": mark("{span} before {event}"),
    "after": mark("{span} after {event}"),
    "for": mark("for {span} from {event}"),
}
YEAR_DAY = mark("{year}: {last} at the latest, last working day {day}")
YEAR_SPAN = mark("{year}: from {first} to {last}, last working day {day}")
NO_DAY = mark("the plan names no day")
LONGEST_TEXT = 160  # characters of a row or a passage; the whole stands in the file and in the document


def told(plan: Plan, calendar: Calendar, say: Language, years: Sequence[int] = ()) -> str:
    """The whole plan in lines. `years` (else the plan's own) are those whose days are worked out."""
    return "\n".join(_Teller(plan, calendar, say, tuple(years) or plan.years).lines())


class _Teller:
    def __init__(self, plan: Plan, calendar: Calendar, say: Language, years: Sequence[int]) -> None:
        self.plan = plan
        self.calendar = calendar
        self.language = say
        self.say = say.say
        self.years = years

    def lines(self) -> Iterator[str]:
        yield from self._document()
        yield from self._who()
        yield from self._section(self.say("Duties and dates"), self._duties())
        yield from self._section(self.say("Targets"), self._targets())
        yield from self._section(self.say("Forms"), self._forms())
        yield from self._section(self.say("Criteria"), self._criteria())
        yield from self._section(self.say("Levels, conditions, numbers, dossiers"), self._levels())
        yield from self._section(self.say("Passages kept as text"), self._texts())
        yield from self._section(self.say("Corrections"), self._errata())
        yield from self._section(self.say("Units"), self._units())
        yield from self._section(self.say("Personal data of its seasons (the office's own setting)"), self._privacy())

    def _section(self, title: str, lines: Iterator[str]) -> Iterator[str]:
        first = next(lines, None)
        if first is not None:
            yield ""
            yield f"== {title} =="
            yield first
            yield from lines

    # -- the paper and its people

    def _document(self) -> Iterator[str]:
        say, d = self.say, self.plan.document
        yield f"{d.kind}: {d.title}"
        yield say("Issued by {issuer} ({system})", issuer=d.issuer, system=say(SYSTEMS[d.system]))
        missing = say("blank in the document")
        yield say(
            "Number: {number} · dated: {dated} · signed: {signer}",
            number=d.number or missing,
            dated=d.dated or missing,
            signer=d.signer or missing,
        )
        ends = self.plan.valid_to or say("open")
        yield say("Valid from {first} to {last}", first=self.plan.valid_from, last=ends)
        if self.plan.recurrence == "none":
            yield say(
                "Bound to its years ({years}); another year needs a plan of its own.",
                years=self._listed(self.plan.years),
            )
        else:
            yield say(
                "Comes again every year; seasons: {years}", years=self._listed(self.plan.years) or say("any year")
            )
        if self.plan.replaces:
            yield say("Replaces: {documents}", documents="; ".join(self.plan.replaces))
        for reference in self.plan.references:
            about = f" – {reference.about}" if reference.about else ""
            known = "" if reference.known else say(" (its text is not here)")
            yield f"  · {reference.document}{about} – {say(RELATIONS[reference.relation])}{known}"
            yield from self._source(reference)
        for amendment in self.plan.amendments:
            yield self.say("Amended by {document} from {day}", document=amendment.document, day=amendment.effective) + (
                f" – “{amendment.transition}”" if amendment.transition else ""
            )
            yield from self._source(amendment)

    def _who(self) -> Iterator[str]:
        say = self.say
        yield ""
        yield f"== {say('Who')} =="
        yield say("Exemplars: {kinds}", kinds=self._listed(s.name for s in self.plan.subjects))
        for subject in self.plan.subjects:
            if subject.who or subject.quote:
                yield f"  · {subject.name}: {subject.who}".removesuffix(": ")
            yield from self._source(subject)
        yield say("Fields: {fields}", fields=self._listed(f.name for f in self.plan.fields))
        for field in self.plan.fields:
            topics = "; ".join(topic.name for topic in field.topics)
            yield f"  · {field.name}{self._kind_of_field(field)}: {topics}".removesuffix(": ")
            yield from self._source(field)
        for role in self.plan.roles:
            yield f"  · {role.name}: {role.office}{self._term(role)}"
            yield from self._source(role)

        for separation in self.plan.separations:
            yield f"  · {self.say(SEPARATED[separation.kind], roles=', '.join(separation.roles))}"
            yield from self._source(separation)
        for cluster in self.plan.clusters:
            ranked = say(" (its units are ranked)") if cluster.ranked else ""
            by = say("; looked after by {who}", who=self._office(cluster.overseer)) if cluster.overseer else ""
            yield f"  · {cluster.name}{ranked}: {', '.join(cluster.members)}{by}"
            yield from self._source(cluster)

    def _kind_of_field(self, field: FieldOfWork) -> str:
        """Which of the usual fields it is, and whether the document names it above the others."""
        known = [self.say(STANDARD_FIELDS[field.standard])] if field.standard else []
        known += [self.say("named above the others")] if field.emphasis else []
        return f" ({'; '.join(known)})" if known else ""

    def _term(self, role: Role) -> str:
        ends = self.say(" (until {day})", day=role.valid_to) if role.valid_to else ""
        begins = self.say(" (from {day})", day=role.valid_from) if role.valid_from else ""
        return begins + ends

    def _privacy(self) -> Iterator[str]:
        set_by = self.plan.privacy
        if not set_by.strip_photo_metadata:
            yield self.say("· Photos may be shown with the place and time that the camera wrote into them.")
        if set_by.keep_years is not None:
            yield self.say(
                "· May be removed {years} full years after the season's own (kheo privacy retention).",
                years=set_by.keep_years,
            )

    # -- duties

    def _duties(self) -> Iterator[str]:
        for milestone in self.plan.milestones:
            yield f"· {milestone.name}"
            yield "    " + self.say("When: {when}", when=rule_words(self.plan, milestone.date, self.language))
            yield from self._days(milestone)
            yield "    " + self.say("Who: {who}", who=self._owed_by(milestone))
            if milestone.settled_by:
                how = [self.say(SETTLED_BY[by], form=self._form_name(milestone.form)) for by in milestone.settled_by]
                yield "    " + self.say("Done by: {how}", how="; ".join(how))
            if milestone.to:
                to = ", ".join(milestone.to)
                via = self.say(" (through {via})", via=milestone.via) if milestone.via else ""
                yield "    " + self.say("To: {to}", to=to + via)
            for hop in milestone.hops:
                yield f"      {hop.sender} → {hop.to}: {rule_words(self.plan, hop.date, self.language)}"
            if milestone.after:
                yield "    " + self.say("Only after: {event}", event=self._event(milestone.after))
            for other in milestone.exceptions:
                kinds = self._listed(self._kind(id) for id in other.unit_kinds)
                yield f"      {kinds}: {rule_words(self.plan, other.date, self.language)}"
                yield from self._source(other)
            yield from self._source(milestone)
        for occurrence in self.plan.occurrences:
            days = ", ".join(self.language.date(day) for day in occurrence.on.values())
            yield f"· {self.say('Waited for: {event}', event=occurrence.name)}" + (f" ({days})" if days else "")
            yield from self._source(occurrence)
        for notice in self.plan.notices:
            rule = rule_words(self.plan, notice.date, self.language)
            yield f"· {notice.document}: {notice.milestone} {notice.year}: {rule}"
            yield from self._source(notice)

    def _days(self, milestone: Milestone) -> Iterator[str]:
        """The days of each year, where there are any; of a periodic duty, those of each period."""
        for occasion in occasions(milestone):
            name = f"{occasion.name}: " if occasion.period else ""
            for year in self.years:
                try:
                    found = due(self.plan, occasion, year, self.calendar)
                except MissingCalendar:
                    continue
                if isinstance(found, Deadline):
                    yield f"      {name}{self._day(year, found)}"

    def _day(self, year: int, found: Deadline) -> str:
        sentence = YEAR_DAY if found.first_day is None else YEAR_SPAN
        words = self.say(sentence, year=year, first=found.first_day, last=found.last_day, day=found.last_working_day)
        words += self.say(" (predicted calendar)") if found.predicted else ""
        return words + (self.say(", set by {document}", document=found.notice) if found.notice else "")

    def _owed_by(self, milestone: Milestone) -> str:
        role = milestone.role if milestone.owed_by == "role" else "thuong_truc"
        office = next((r.office for r in self.plan.roles if r.id == role), self.plan.document.issuer)
        words = self.say(OWED_BY[milestone.owed_by], office=office)
        kinds = self._listed(self._kind(id) for id in milestone.unit_kinds)
        return self.say("{who}; only {kinds}", who=words, kinds=kinds) if kinds else words

    def _kind(self, id: str) -> str:
        return next((kind.name for kind in self.plan.unit_kinds if kind.id == id), id)

    def _form_name(self, id: str) -> str:
        if id == SELF_SCORE:
            return self.say("the scorecard")
        return next((form.title for form in self.plan.forms if form.id == id), id)

    def _event(self, id: str) -> str:
        for occurrence in self.plan.occurrences:
            if occurrence.id == id:
                return occurrence.name
        return next((m.name for m in self.plan.occasions if m.id == id), id)

    def _targets(self) -> Iterator[str]:
        for target in self.plan.targets:
            yield f"· {self._target(target)}"
            yield from self._source(target)

    def _target(self, target: Target) -> str:
        words = self.say(TARGETS[target.per], n=target.at_least)
        words = words[:1].upper() + words[1:]
        if target.at_most is not None:
            words = self.say("{target}, at most {n}", target=words, n=target.at_most)
        if target.ambition:
            words += self.say(" (hoped for: {count})", count=target.ambition)
        if target.first_year or target.last_year:
            words += self.say("; years {first}–{last}", first=target.first_year or "…", last=target.last_year or "…")
        return words

    # -- forms and tables

    def _forms(self) -> Iterator[str]:
        for form in self.plan.forms:
            yield f"· {form.title}"
            yield from self._source(form)
            for question in form.questions:
                yield f"    {self._question(question)}"
                yield from self._source(question)
            for confirmation in form.confirmations:
                yield "    " + self.say("Confirmed by: {who}", who=self.say(" or ").join(confirmation.any_of))
                yield from self._source(confirmation)

    def _question(self, question: Question) -> str:
        say = self.say
        parts = [say(KINDS[question.kind], count=len(question.options))]
        parts.append(say("printed on the form") if question.printed else say("asked by Khéo"))
        if not question.required:
            parts.append(say("may be left out"))
        return f"– {question.short or question.ask}: {', '.join(parts)}"

    def _criteria(self) -> Iterator[str]:
        if self.plan.criteria_elsewhere:
            yield self.say("Left to {who}; not in this document.", who=self.plan.criteria_elsewhere.to)
            yield from self._source(self.plan.criteria_elsewhere)
        for standard in self.plan.standards:
            subject = self.plan.subject(standard.subject).name
            yield self.say(
                "· {subject}, standard {id}: {text}", subject=subject, id=standard.id, text=_cut(standard.text)
            )
            yield from self._source(standard)
        for table in self.plan.criteria:
            yield from self._table(table)
        for fact in self.plan.facts:
            who = self._office(fact.stated_by) if fact.stated_by else self.say("a person")
            yield "· " + self.say("Stated by {who}: {fact}", who=who, fact=fact.name)
            yield from self._source(fact)
        for scale in self.plan.grades:
            yield f"· {scale.name}: {self._listed(grade.name for grade in scale.grades)}"
            yield from self._source(scale)
            for rule in (*scale.grades, *scale.effects, *(c for grade in scale.grades for c in grade.conditions)):
                yield from self._source(rule)

    def _table(self, table: CriteriaTable) -> Iterator[str]:
        subject = self.plan.subject(table.subject).name
        if table.for_kinds:
            subject += f" ({self._listed(self._kind(id) for id in table.for_kinds)})"
        if table.total:
            yield self.say(
                "· {subject}: {total} points in all, in steps of {step}",
                subject=subject,
                total=table.total,
                step=table.step,
            )
        else:
            yield self.say("· {subject}: conditions to be ticked, no points", subject=subject)
        yield from self._source(table)
        yield from self._interpretation(table.step_interpretation)
        for row in (*table.rows, *table.bonus, *table.penalty):
            yield from self._row(row, 1)

    def _row(self, row: Criterion, depth: int) -> Iterator[str]:
        most = self.say(" ({max} points)", max=row.max) if row.max else ""
        how = "" if row.rows or row.scoring.kind == "points" else f" [{self._scored(row)}]"
        yield f"{'  ' * depth}  {row.code}. {_cut(row.text)}{most}{how}"
        if row.standard:
            yield f"{'  ' * depth}      " + self.say("Measures standard {id}", id=row.standard)
        if row.evidence.hint:
            yield f"{'  ' * depth}      " + self.say("Evidence: {hint}", hint=row.evidence.hint)
        yield from self._source(row)
        for below in row.rows:
            yield from self._row(below, depth + 1)

    def _scored(self, row: Criterion) -> str:
        values = row.scoring.model_dump()
        counted = len(values.get("options") or values.get("bands") or ())
        values["codes"] = ", ".join(values.get("opens") or ())
        return self.say(SCORED[row.scoring.kind], **{**values, "count": counted})

    # -- levels

    def _levels(self) -> Iterator[str]:
        for level in self.plan.levels:
            yield f"· {level.name[:1].upper()}{level.name[1:]}"
            yield from self._source(level)
            yield from self._interpretation(level.decided_on_interpretation)
            for rule in level.passes:
                yield f"    – {pass_words(self.plan, rule, self.language)}"
                yield from self._source(rule)
            for quota in level.quotas:
                yield f"    – {self._quota(quota)}"
                yield from self._source(quota)
            yield from self._dossier(level)
            for award in level.awards:
                who = self._office(award.signed_by)
                yield "    – " + self.say("{award}, signed by {who}", award=award.name, who=who)
                if award.one_per_achievement:
                    yield "      " + self.say("One award for one achievement")
                yield from self._source(award)
            yield from self._council(level)

    def _council(self, level: Level) -> Iterator[str]:
        for priority in level.priorities:
            yield "    – " + self.say("To be looked out for: {what}", what=priority.name)
            yield from self._source(priority)
        if level.meeting:
            meeting = level.meeting
            if meeting.quorum:
                yield "    – " + self.say("The council needs {share} of its members", share=meeting.quorum)
            if meeting.approve_percent is not None:
                yield "    – " + self.say("and {percent} percent of the votes", percent=meeting.approve_percent)
            if meeting.written_opinions:
                yield "    – " + self.say("Who is absent gives their opinion in writing")
            yield from self._source(meeting)
        if level.tie_break:
            yield "    – " + self.say(TIES[level.tie_break.ends_in])
            yield from self._source(level.tie_break)

    def _office(self, role: str) -> str:
        return next((r.office for r in self.plan.roles if r.id == role), role)

    def _quota(self, quota: Quota) -> str:
        kinds = self._listed(self.plan.subject(id).name.lower() for id in quota.subjects)
        if quota.number is not None:
            return self.say("{count} {kinds}", count=f"{quota.number:02}", kinds=kinds)
        if quota.percent is not None:
            return self.say("{percent} percent of the {of}: {kinds}", percent=quota.percent, of=quota.of, kinds=kinds)
        return self.say("{least} to {most} {kinds}", least=quota.at_least or 0, most=quota.at_most or "…", kinds=kinds)

    def _dossier(self, level: Level) -> Iterator[str]:
        if level.dossier is None:
            return
        dossier = level.dossier
        yield "    – " + self.say("Dossier, copies: {copies}", copies=dossier.copies)
        yield from self._quoted(dossier.copies_quote)
        yield from self._source(dossier)
        for number, part in enumerate(dossier.parts, 1):
            made = self.say(MADE_OF[part.made_of]) if part.made_of else ""
            notes = "; ".join(note for note in (part.by, made) if note)
            yield f"        {number}. {part.name}" + (f" ({notes})" if notes else "")
            yield from self._source(part)
        if dossier.confirmations:
            yield "    – " + self.say("Confirmed by: {who}", who=", ".join(dossier.confirmations))
            yield from self._quoted(dossier.confirmations_quote)
        if level.outline:
            points = "; ".join(point.name for point in level.outline.points)
            yield "    – " + self.say("The report covers: {points}", points=points)
            yield from self._source(level.outline)

    # -- the rest

    def _texts(self) -> Iterator[str]:
        for text in self.plan.texts:
            yield f"· {text.name}" + (f" – {text.who}" if text.who else "")
            yield from self._source(text)

    def _errata(self) -> Iterator[str]:
        for e in self.plan.errata:
            yield self.say(
                "· {path}: printed “{old}”, corrected to “{new}” by {who} on {when} ({why})",
                path=e.path,
                old=_cut(e.old),
                new=_cut(e.new),
                who=e.who,
                when=e.when,
                why=e.why,
            )

    def _units(self) -> Iterator[str]:
        if self.plan.units:
            yield self._listed(unit.name for unit in self.plan.units)

    def _source(self, rule: Rule) -> Iterator[str]:
        yield from self._quoted(rule.quote)
        yield from self._interpretation(rule.interpretation)

    def _quoted(self, quote: Quote | None) -> Iterator[str]:
        if quote:
            yield f"      “{quote.text}” – {quote.at}"

    def _interpretation(self, reading: Interpretation | None) -> Iterator[str]:
        if reading:
            yield "      " + self.say(
                "Read so: {reading} ({why}; {by})", reading=reading.reading, why=reading.why.rstrip("."), by=reading.by
            )

    def _listed(self, names: Sequence[object] | Iterator[str]) -> str:
        return ", ".join(map(str, names))


def rule_words(plan: Plan, rule: DateRule, say: Language) -> str:
    """A date rule as a person would say it: “trước ngày 15/02 hằng năm”."""
    if isinstance(rule, Annual):
        sentence = mark("before {day}, every year") if rule.before else mark("by {day} at the latest, every year")
        return say.say(sentence, day=_day(rule.before or rule.by or "")) + _next_year(rule.next_year, say)
    if isinstance(rule, Fixed):
        sentence = mark("before {day}, once") if rule.before else mark("by {day} at the latest, once")
        return say.say(sentence, day=rule.before or rule.by)
    if isinstance(rule, Window):
        return say.say("from {first} to {last}", first=_day(rule.first), last=_day(rule.last)) + _next_year(
            rule.next_year, say
        )
    if isinstance(rule, InQuarter):
        return say.say("in quarter {quarter}", quarter=("I", "II", "III", "IV")[rule.quarter - 1]) + _next_year(
            rule.next_year, say
        )
    if isinstance(rule, InMonth):
        year, _, month = rule.month.rpartition("-")
        return (
            say.say("in month {month} of {year}", month=month, year=year)
            if year
            else say.say("in month {month}, every year", month=month)
        )
    if isinstance(rule, Every):
        day = rule.before_day or rule.by_day
        if day is None:
            return f"{say.say(EVERY[rule.every])}; {say.say(NO_DAY)}"
        sentence = mark("{every}, before day {day}") if rule.before_day else mark("{every}, by day {day}")
        return say.say(sentence, every=say.say(EVERY[rule.every]), day=day)
    if isinstance(rule, AtAnyTime):
        return say.say("at any time")
    if isinstance(rule, ByReference):
        return say.say("by another document: {document}", document=plan.reference(rule.reference).document)
    if isinstance(rule, Relative):
        span = say.say(UNITS[rule.unit], number=rule.number)
        return say.say(SIDES[rule.side], span=span, event=_named(plan, rule.to))
    return say.say(NO_DAY)


def _next_year(next_year: bool, say: Language) -> str:
    return say.say(" of the following year") if next_year else ""


def _named(plan: Plan, id: str) -> str:
    found = next((o.name for o in plan.occurrences if o.id == id), "")
    return found or next((m.name for m in plan.occasions if m.id == id), id)


def _day(written: str) -> str:
    """ "02-15" and "2024-02-15" as officials write them."""
    return "/".join(reversed(written.split("-")))


def pass_words(plan: Plan, rule: PassRule, say: Language) -> str:
    """A condition as a person would say it."""
    if isinstance(rule, EachRow):
        return say.say("every row at least {percent} percent of its points", percent=rule.percent)
    if isinstance(rule, EachGroup):
        return say.say("every group at least {percent} percent of its points", percent=rule.percent)
    if isinstance(rule, OneGroup):
        return say.say("{code} at least {percent} percent of its points", code=rule.code, percent=rule.percent)
    if isinstance(rule, NoZero):
        return say.say("no row with 0 points")
    if isinstance(rule, TotalAtLeast):
        if rule.points is not None:
            return say.say("at least {points} points in all", points=rule.points)
        return say.say("at least {percent} percent of all points", percent=rule.percent)
    if isinstance(rule, EvidenceEachRow):
        return say.say("evidence for every row")
    if isinstance(rule, AllChecked):
        return say.say("every condition is ticked")
    if isinstance(rule, Registered):
        return say.say("registered in the same year")
    if isinstance(rule, AwardAt):
        return say.say("awarded before: {level}", level=_level(plan, rule.level))
    if isinstance(rule, Recognised):
        years = say.say_n("{n} year", "{n} years", rule.years)
        running = say.say(" in a row") if rule.consecutive and rule.years > 1 else ""
        return say.say("recognised {years}: {level}", years=years + running, level=_level(plan, rule.level))
    if isinstance(rule, Vote):
        return _vote(rule, say)
    if isinstance(rule, FactIs):
        return next((fact.name for fact in plan.facts if fact.id == rule.fact), rule.fact)
    if isinstance(rule, GradeAtLeast):
        return say.say("grade at least “{grade}”", grade=_grade(plan, rule))
    raise AssertionError(rule)


def _vote(rule: Vote, say: Language) -> str:
    if rule.percent is None:
        return say.say("voted for by the collective; the plan names no share")
    sentence = (
        mark("at least {percent} percent of the votes")
        if rule.inclusive
        else mark("more than {percent} percent of the votes")
    )
    return say.say(sentence, percent=rule.percent)


def _level(plan: Plan, id: str) -> str:
    return next((level.name for level in plan.levels if level.id == id), id)


def _grade(plan: Plan, rule: GradeAtLeast) -> str:
    grades = [grade for scale in plan.grades if scale.id == rule.scale for grade in scale.grades]
    return next((grade.name for grade in grades if grade.id == rule.grade), rule.grade)


def _cut(text: str) -> str:
    """The text for one line, cut between words."""
    words = " ".join(text.split())
    return words if len(words) <= LONGEST_TEXT else words[:LONGEST_TEXT].rsplit(" ", 1)[0] + " …"
