"""Exemplars (điển hình), what was handed in about them, and their points."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, case, func, insert, select, update

from bot.forms.answers import Answer, item_from_json
from bot.rules.access import REGISTERED, SELF_SCORED, STOPPED
from bot.store import audit, handed_in
from bot.store.engine import Tx
from bot.store.handed_in import HandedIn, of_row
from bot.store.once import insert_row
from bot.store.prepared import Prepared
from bot.store.tables import exemplar, score, season, submission


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A registered model. `answers` are the registration's as JSON, pieces of evidence as a list of items; `total` is
    the last submitted self-score.

    `status` is the plan's own word for new, replicated, continuing; `source` the model that a replication copies;
    `carried_from` the same model in an earlier season.
    """

    id: int
    season_id: int
    year: int
    plan: str
    unit_id: int
    subject: str
    name: str
    state: str
    award: bool
    late: bool
    answers: dict[str, Any]
    total: Decimal | None
    registered_at: datetime
    status: str = ""
    source: str = ""
    carried_from: int | None = None

    @property
    def stopped(self) -> bool:
        """Whether the unit has said that it goes on no longer."""
        return self.state == STOPPED

    @property
    def given(self) -> dict[str, Answer]:
        """The answers that stand in its registration, as the form's engine reads them."""
        made = {}
        for question, value in self.answers.items():
            files = isinstance(value, list) and bool(value) and isinstance(value[0], dict)
            items = tuple(item_from_json(item) for item in value) if files else ()
            made[question] = Answer(question, None if files else value, items=items, done=files)
        return made


_COLUMNS = select(exemplar, season.c.year, season.c.plan).join(season, season.c.id == exemplar.c.season_id)
_LATEST = Prepared(
    select(submission)
    .where(submission.c.exemplar_id == bindparam("about"), submission.c.form == bindparam("named"))
    .order_by(submission.c.version.desc())
    .limit(1)
)
_BY_ID = Prepared(_COLUMNS.where(exemplar.c.id == bindparam("row")))


def _exemplar(r: Any) -> Exemplar:
    return Exemplar(
        r.id,
        r.season_id,
        r.year,
        r.plan,
        r.unit_id,
        r.subject,
        r.name,
        r.state,
        r.award,
        r.late,
        r.answers,
        r.total,
        r.registered_at,
        r.status,
        r.source,
        r.carried_from,
    )


def register(
    tx: Tx,
    *,
    season_id: int,
    unit_id: int,
    subject: str,
    name: str,
    award: bool,
    late: bool,
    answers: Mapping[str, Any],
    now: datetime,
    status: str = "",
    source: str = "",
    carried_from: int | None = None,
) -> int:
    """Enter a new exemplar; returns its id."""
    id = insert_row(
        tx,
        exemplar,
        season_id=season_id,
        unit_id=unit_id,
        subject=subject,
        name=name,
        state=REGISTERED,
        status=status,
        source=source,
        carried_from=carried_from,
        award=award,
        late=late,
        answers=dict(answers),
        registered_at=now,
    )
    audit.note(
        tx,
        "exemplar.registered" if carried_from is None else "exemplar.carried",
        f"exemplar:{id}",
        at=now,
        about=unit_id,
        after={
            "season": season_id,
            "state": REGISTERED,
            "late": late,
            **({} if carried_from is None else {"carried_from": carried_from}),
            **_noted(tx, subject=subject, name=name, award=award, answers=answers, status=status, source=source),
        },
    )
    return id


def _noted(
    tx: Tx, *, subject: str, name: str, award: bool, answers: Mapping[str, Any], status: str, source: str
) -> dict[str, Any]:
    """A registration as it stands in the trace."""
    return {
        "subject": subject,
        "award": award,
        "status": status,
        "name": audit.digested(tx, name),
        "source": audit.digested(tx, source) if source else "",
        "answers": audit.digested_json(tx, answers),
    }


def amend(
    tx: Tx,
    id: int,
    *,
    subject: str,
    name: str,
    award: bool,
    answers: Mapping[str, Any],
    status: str = "",
    source: str = "",
) -> None:
    """A changed registration: the newest answers stand in the exemplar, all versions stay in the submissions."""
    was = by_id(tx, id)
    tx.execute(
        update(exemplar)
        .where(exemplar.c.id == id)
        .values(subject=subject, name=name, award=award, answers=dict(answers), status=status, source=source)
    )
    before, after = audit.changes(
        _noted(
            tx,
            subject=was.subject,
            name=was.name,
            award=was.award,
            answers=was.answers,
            status=was.status,
            source=was.source,
        ),
        _noted(tx, subject=subject, name=name, award=award, answers=answers, status=status, source=source),
    )
    audit.note(tx, "exemplar.amended", f"exemplar:{id}", about=was.unit_id, before=before, after=after)


def stop(tx: Tx, id: int) -> bool:
    """The unit goes on with it no longer; False if that was known."""
    was = by_id(tx, id)
    changed = tx.execute(update(exemplar).where(exemplar.c.id == id, exemplar.c.state != STOPPED).values(state=STOPPED))
    if changed.rowcount != 1:
        return False
    audit.note(
        tx,
        "exemplar.stopped",
        f"exemplar:{id}",
        about=was.unit_id,
        before={"state": was.state},
        after={"state": STOPPED},
    )
    return True


def take_up(tx: Tx, id: int) -> bool:
    """It goes on after all, in the state in which it was stopped; False if it was not stopped."""
    before = case((exemplar.c.total.is_(None), REGISTERED), else_=SELF_SCORED)
    changed = tx.execute(update(exemplar).where(exemplar.c.id == id, exemplar.c.state == STOPPED).values(state=before))
    if changed.rowcount != 1:
        return False
    now = by_id(tx, id)
    audit.note(
        tx,
        "exemplar.taken_up",
        f"exemplar:{id}",
        about=now.unit_id,
        before={"state": STOPPED},
        after={"state": now.state},
    )
    return True


def hold(tx: Tx, id: int) -> None:
    """Until the end of the transaction nobody else can carry it over."""
    tx.execute(select(exemplar.c.id).where(exemplar.c.id == id).with_for_update())


def to_carry_over(tx: Tx, unit_id: int, plan: str, year: int, before: Collection[int] = ()) -> list[Exemplar]:
    """What the unit (or those `before` it) registered under the plan before that year, still goes on, and has no later
    year; newest first.
    """
    of = {unit_id, *before}
    later = exemplar.alias()
    carried = select(later.c.carried_from).where(later.c.unit_id.in_(of), later.c.carried_from.is_not(None))
    rows = tx.execute(
        _COLUMNS.where(
            exemplar.c.unit_id.in_(of),
            season.c.plan == plan,
            season.c.year < year,
            exemplar.c.state != STOPPED,
            exemplar.c.id.not_in(carried),
        ).order_by(season.c.year.desc(), exemplar.c.id)
    ).all()
    return [_exemplar(row) for row in rows]


def carried_to(tx: Tx, id: int, year: int) -> Exemplar | None:
    """The same model in the season of that year, if it was carried over there."""
    row = tx.execute(_COLUMNS.where(exemplar.c.carried_from == id, season.c.year == year)).first()
    return None if row is None else _exemplar(row)


def by_id(tx: Tx, id: int) -> Exemplar:
    """The exemplar; LookupError if there is none."""
    row = _BY_ID.first(tx, row=id)
    if row is None:
        raise LookupError(f"no exemplar {id}")
    return _exemplar(row)


def of_units(tx: Tx, unit_ids: Iterable[int], season_id: int | None = None) -> list[Exemplar]:
    """The exemplars of these units, newest season first."""
    statement = _COLUMNS.where(exemplar.c.unit_id.in_(list(unit_ids)))
    if season_id is not None:
        statement = statement.where(exemplar.c.season_id == season_id)
    rows = tx.execute(statement.order_by(season.c.year.desc(), exemplar.c.id)).all()
    return [_exemplar(row) for row in rows]


def of_season(tx: Tx, season_id: int) -> list[Exemplar]:
    rows = tx.execute(_COLUMNS.where(exemplar.c.season_id == season_id).order_by(exemplar.c.id)).all()
    return [_exemplar(row) for row in rows]


def submit(
    tx: Tx,
    *,
    season_id: int,
    unit_id: int,
    exemplar_id: int,
    draft_id: int,
    form: str,
    answers: Mapping[str, Any],
    late: bool,
    person_id: int,
    now: datetime,
) -> HandedIn:
    """Hand something in: the next version of that form for that exemplar."""
    last = tx.execute(
        select(func.max(submission.c.version)).where(submission.c.exemplar_id == exemplar_id, submission.c.form == form)
    ).scalar()
    return handed_in.write(
        tx,
        season_id=season_id,
        unit_id=unit_id,
        exemplar_id=exemplar_id,
        draft_id=draft_id,
        form=form,
        milestone="",
        version=(last or 0) + 1,
        answers=dict(answers),
        late=late,
        person_id=person_id,
        at=now,
    )


def of_draft(tx: Tx, draft_id: int) -> HandedIn | None:
    """What became of a submitted draft."""
    r = tx.execute(select(submission).where(submission.c.draft_id == draft_id)).first()
    return None if r is None else of_row(r)


def latest(tx: Tx, exemplar_id: int, form: str) -> HandedIn | None:
    """The newest version of a form for an exemplar."""
    r = _LATEST.first(tx, about=exemplar_id, named=form)
    return None if r is None else of_row(r)


def keep_scores(
    tx: Tx, card: HandedIn, points: Mapping[str, Decimal], evidence: Mapping[str, int], total: Decimal | None
) -> None:
    """The points of one submitted scorecard; the exemplar shows the total of the newest, None if there is none."""
    rows = [
        {"submission_id": card.id, "criterion": code, "points": value, "evidence": evidence.get(code, 0)}
        for code, value in points.items()
    ]
    assert card.exemplar_id is not None
    was = by_id(tx, card.exemplar_id)
    earlier = _points_before(tx, card)
    if rows:
        tx.execute(insert(score), rows)
    tx.execute(update(exemplar).where(exemplar.c.id == card.exemplar_id).values(state=SELF_SCORED, total=total))
    audit.note(
        tx,
        "exemplar.scored",
        f"exemplar:{was.id}",
        at=card.at,
        about=was.unit_id,
        before={"state": was.state, "total": was.total, "points": earlier},
        after={
            "state": SELF_SCORED,
            "total": total,
            "points": points,
            "evidence": evidence,
            "submission": card.id,
            "version": card.version,
        },
    )


def _points_before(tx: Tx, card: HandedIn) -> dict[str, Decimal]:
    """The points of the version before this one."""
    if card.version == 1:
        return {}
    last = tx.execute(
        select(submission.c.id).where(
            submission.c.exemplar_id == card.exemplar_id,
            submission.c.form == card.form,
            submission.c.version == card.version - 1,
        )
    ).scalar()
    return {} if last is None else scores(tx, last)[0]


def scores(tx: Tx, submission_id: int) -> tuple[dict[str, Decimal], dict[str, int]]:
    """(points, pieces of evidence) by criterion."""
    rows = tx.execute(select(score).where(score.c.submission_id == submission_id).order_by(score.c.criterion)).all()
    return {r.criterion: r.points for r in rows}, {r.criterion: r.evidence for r in rows}
