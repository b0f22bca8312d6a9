"""All tables. Money and points are decimal text, moments are UTC, real-time columns (leases, pacing) are epoch seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Exact(TypeDecorator[Decimal]):
    """A Decimal kept as text, so that 13.5 comes back as 13.5 on every database."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else f"{value:f}"

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


def _key() -> Column[int]:
    # SQLite counts rows by itself only in an INTEGER primary key; PostgreSQL has room for more in a BIGINT.
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


def _to(target: str, *, nullable: bool = False) -> Column[int]:
    name = target.split(".")[0] + "_id"
    return Column(name, ForeignKey(target), nullable=nullable)


unit = Table(
    "unit",
    metadata,
    _key(),
    Column("code", String(64), nullable=False),  # after a reform a code may go on with another extent: see valid_from
    Column("name", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("parent_id", ForeignKey("unit.id")),
    Column("aliases", JSON, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),  # the last day
    UniqueConstraint("code", "valid_from"),
    Index(  # NULL is never equal to NULL
        "uq_unit_code_from_ever",
        "code",
        unique=True,
        sqlite_where=text("valid_from IS NULL"),
        postgresql_where=text("valid_from IS NULL"),
    ),
)

unit_change = Table(  # what became of a unit; a split has a row for each part, the unit itself keeps its row for ever
    "unit_change",
    metadata,
    _key(),
    _to("unit.id"),
    Column("kind", String(12), nullable=False),  # renamed | merged | split | moved | ended
    Column("on", Date, nullable=False),  # the first day on which it holds
    Column("successor_id", ForeignKey("unit.id")),
    Column("was_called", Text, nullable=False),  # the name, code and parent before
    Column("was_coded", String(64), nullable=False),
    Column("was_under", ForeignKey("unit.id")),
    Column("decision", Text, nullable=False),  # number and date of the document, as typed
    Column("at", Moment, nullable=False),
    UniqueConstraint("unit_id", "kind", "on", "successor_id"),
    Index("ix_unit_change_successor_id", "successor_id"),
)

cluster = Table(  # cụm, khối thi đua: units that a person looks after, or that are compared with one another
    "cluster",
    metadata,
    _key(),
    Column("code", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
)

cluster_unit = Table(
    "cluster_unit",
    metadata,
    Column("cluster_id", ForeignKey("cluster.id"), primary_key=True),
    Column("unit_id", ForeignKey("unit.id"), primary_key=True),
    Index("ix_cluster_unit_unit_id", "unit_id"),
)

person = Table(
    "person",
    metadata,
    _key(),
    Column("name", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("erased_at", Moment),  # their contact data were erased on request; the name stands on what was signed
)

consent = Table(  # every clear act, the newest counts
    "consent",
    metadata,
    _key(),
    _to("person.id"),
    _to(
        "address.id", nullable=True
    ),  # none: not said in a chat (people whom the program itself makes up, as for a demo)
    Column("version", String(16), nullable=False),  # of the notice that was shown
    Column("given", Boolean, nullable=False),  # false: declined, or withdrawn
    Column("at", Moment, nullable=False),
    Index("ix_consent_person_id", "person_id"),
)

role = Table(
    "role",
    metadata,
    _key(),
    _to("person.id"),
    _to("unit.id", nullable=True),
    _to("cluster.id", nullable=True),  # exactly one of the two
    Column("function", String(32), nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),  # the last day
    Index("ix_role_person_id", "person_id"),
    Index("ix_role_unit_id", "unit_id"),
    Index("ix_role_cluster_id", "cluster_id"),
)

address = Table(
    "address",
    metadata,
    _key(),
    Column("channel", String(32), nullable=False),
    Column("chat", String(64), nullable=False),
    Column("thread", String(32), nullable=False),
    Column("private", Boolean, nullable=False),
    _to("person.id", nullable=True),
    Column("unit_id", ForeignKey("unit.id")),  # the unit whose group this is
    Column("name", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("state", String(16), nullable=False),  # ok | blocked | gone
    Column("state_at", Moment),  # since when
    Column("preferred", Boolean, nullable=False, server_default=false()),  # of a person's addresses the one to write to
    Column("tries", Integer, nullable=False),  # wrong codes in a row
    Column("tried_at", Moment),
    Column("focus", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("free_at", Float),  # of a group: epoch seconds from which the platform's pace has room for it again
    UniqueConstraint("channel", "chat", "thread"),
    Index("ix_address_person_id", "person_id"),
    Index("ix_address_tried_at", "tried_at"),
)

join_code = Table(  # invitations and other one-time codes
    "join_code",
    metadata,
    _key(),
    Column("digest", String(64), nullable=False, unique=True),
    # person: to be this person · unit: whoever comes gets the function there · group: the group is linked · address: one
    # more address of this person
    Column("kind", String(12), nullable=False, server_default="person"),
    _to("person.id", nullable=True),
    _to("unit.id", nullable=True),
    _to("cluster.id", nullable=True),
    Column("function", String(32), nullable=False, server_default=""),
    Column("made_by", ForeignKey("person.id")),  # none: on the server
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("revoked_at", Moment),
    _to("address.id", nullable=True),
    Index("ix_join_code_unit_id", "unit_id", "address_id"),
)

application = Table(  # somebody without a code asks to be let in
    "application",
    metadata,
    _key(),
    _to("address.id"),
    _to("unit.id"),
    Column("name", Text, nullable=False),
    Column("post", Text, nullable=False),  # what they say they do there
    Column("function", String(32), nullable=False),
    Column("state", String(12), nullable=False),  # waiting | approved | declined | withdrawn
    Column("reason", Text, nullable=False),
    Column("decided_by", ForeignKey("person.id")),
    Column("decided_at", Moment),
    Column("at", Moment, nullable=False),
    Index("ix_application_state", "state", "unit_id"),
    Index("ix_application_address_id", "address_id"),
)

audit = (
    Table(  # append-only (bot/store/audit.py): references and salted digests, no personal data, and so no foreign keys
        "audit",
        metadata,
        _key(),
        Column("at", Moment, nullable=False),
        Column("person", BigInteger),  # who did it; none: the program itself, or somebody on the server
        Column("unit", BigInteger),  # for which unit they acted, where that is known
        Column("channel", String(32), nullable=False),  # telegram, web … · server · clock
        Column("action", String(48), nullable=False),
        Column("object", String(64), nullable=False),  # "exemplar:12"
        Column("about", BigInteger),  # the unit that it concerns
        Column("before", JSON),
        Column("after", JSON),
        Index("ix_audit_object", "object"),
        Index("ix_audit_person", "person"),
        Index("ix_audit_at", "at"),
    )
)

audit_seal = Table(  # every seal holds the digest of the one before it (bot/store/seals.py); append-only as well
    "audit_seal",
    metadata,
    _key(),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("many", Integer, nullable=False),
    Column("marks", Text, nullable=False),  # of each row its id and the beginning of its digest: which one was changed
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", Moment, nullable=False),
)

unwanted = Table(  # files of the evidence folder that are to go, as soon as nothing refers to them
    "unwanted",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
)

kept = Table(  # what this installation keeps for itself, such as the salt of its audit
    "kept",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    _key(),
    Column("account", String(64), nullable=False),
    Column("update_id", String(64), nullable=False),
    Column("speaker", String(160), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String(8), nullable=False),  # new | done | poison
    Column("owner", String(40)),  # the process that works on it, as long as the lease lasts (epoch seconds)
    Column("lease_until", Float),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("received_at", Moment, nullable=False),
    UniqueConstraint("account", "update_id"),
    Index("ix_inbox_new", "id", sqlite_where=text("state = 'new'"), postgresql_where=text("state = 'new'")),
    Index(
        "ix_inbox_speaker",
        "speaker",
        "id",
        sqlite_where=text("state = 'new'"),
        postgresql_where=text("state = 'new'"),
    ),
    Index("ix_inbox_poison", "id", sqlite_where=text("state = 'poison'"), postgresql_where=text("state = 'poison'")),
)

outbox = Table(
    "outbox",
    metadata,
    _key(),
    _to("address.id"),
    Column("channel", String(32), nullable=False, server_default=""),  # the address's: each channel has its own queue
    Column(
        "kind", String(16), nullable=False
    ),  # reply | album | reminder | refresh | notice | digest | broadcast | progress | resumed
    Column("priority", Integer, nullable=False),
    Column("cause", String(160), nullable=False, unique=True),
    Column("subject", String(96), nullable=False),  # what the message is about, to find it again
    Column("payload", JSON, nullable=False),
    # pending | leased | sending, then sent | cancelled | blocked | gone | failed | unknown (sent or not: nobody can tell)
    Column("state", String(12), nullable=False),
    Column("unsure", String(8), nullable=False, server_default="resend"),  # resend | hold: where its effect is unknown
    Column("not_before", Float, nullable=False),
    Column("lease_until", Float),
    Column("owner", String(40)),
    Column("attempts", Integer, nullable=False),
    Column("message", String(64)),
    Column("error", Text),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("settled_at", Moment),  # when somebody saw to what did not arrive: sent it again, or let it be
    Index(
        "ix_outbox_waiting",
        "channel",
        "priority",
        "not_before",
        "id",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index(
        "ix_outbox_leased",
        "lease_until",
        sqlite_where=text("state IN ('leased', 'sending')"),
        postgresql_where=text("state IN ('leased', 'sending')"),
    ),
    Index(
        "ix_outbox_on_the_way",
        "address_id",
        "id",
        sqlite_where=text("state IN ('pending', 'leased', 'sending')"),
        postgresql_where=text("state IN ('pending', 'leased', 'sending')"),
    ),
    Index("ix_outbox_subject", "subject"),
    Index(
        "ix_outbox_sent_at",  # how many went out in the last hour, asked of a million rows
        "sent_at",
        sqlite_where=text("state = 'sent'"),
        postgresql_where=text("state = 'sent'"),
    ),
    Index(
        "ix_outbox_dead",
        "state",
        "id",
        sqlite_where=text("state IN ('failed', 'blocked', 'gone', 'unknown')"),
        postgresql_where=text("state IN ('failed', 'blocked', 'gone', 'unknown')"),
    ),
)

season = Table(
    "season",
    metadata,
    _key(),
    Column("plan", String(32), nullable=False),
    Column("year", Integer, nullable=False),
    Column("plan_version", String(16), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    # auto: goes by itself · ask: waits for one tap of the office
    Column("reminders", String(8), nullable=False, server_default="auto"),  # the first of each milestone
    Column("digests", String(8), nullable=False, server_default="auto"),  # to those who look after silent units
    UniqueConstraint("plan", "year"),
)

plan_text = Table(  # what a season was opened with, so that a changed file does not change it
    "plan_text",
    metadata,
    Column("plan", String(32), primary_key=True),
    Column("version", String(16), primary_key=True),
    Column("text", Text, nullable=False),
    Column("kept_at", Moment, nullable=False),
)

occurrence = Table(  # what a milestone waits for or counts from, and when it happened
    "occurrence",
    metadata,
    _key(),
    _to("season.id"),
    Column("name", String(24), nullable=False),
    Column("on", Date, nullable=False),
    Column("note", Text, nullable=False),
    _to("person.id"),
    Column("at", Moment, nullable=False),
    UniqueConstraint("season_id", "name"),
)

exemplar = Table(
    "exemplar",
    metadata,
    _key(),
    _to("season.id"),
    _to("unit.id"),
    Column("subject", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("state", String(24), nullable=False),  # registered | self_scored | stopped
    Column(
        "status", String(24), nullable=False, server_default=""
    ),  # the plan's own word: new, replicated, continuing …
    Column("source", Text, nullable=False, server_default=""),  # the model that a replication copies
    Column("carried_from", ForeignKey("exemplar.id")),  # the same model in an earlier season
    Column("award", Boolean, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("answers", JSON, nullable=False),
    Column("total", Exact),
    Column("registered_at", Moment, nullable=False),
    Index("ix_exemplar_season_id_unit_id", "season_id", "unit_id"),
    Index("ix_exemplar_unit_id", "unit_id"),
)

draft = Table(
    "draft",
    metadata,
    _key(),
    _to("season.id"),
    _to("unit.id"),
    _to("exemplar.id", nullable=True),
    Column("form", String(32), nullable=False),
    Column("subject", String(32), nullable=False),
    Column("milestone", String(24), nullable=False, server_default=""),  # the occasion that a report answers
    Column("state", String(12), nullable=False),  # open | submitted | cancelled
    Column("opened_by", ForeignKey("person.id"), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("touched_at", Moment, nullable=False),
    Index("ix_draft_unit_id_state", "unit_id", "state"),
)

draft_event = Table(
    "draft_event",
    metadata,
    _key(),
    _to("draft.id"),
    Column("op", String(8), nullable=False),
    Column("question", String(24), nullable=False),
    Column("value", JSON),
    _to("person.id", nullable=True),
    _to("address.id", nullable=True),
    Column("message", String(64), nullable=False),  # the platform's id of the message that said it
    Column("at", Moment, nullable=False),
    Index("ix_draft_event_draft_id", "draft_id", "id"),
    Index("ix_draft_event_address_id_message", "address_id", "message"),
)

submission = Table(
    "submission",
    metadata,
    _key(),
    _to("season.id"),
    _to("unit.id"),
    _to("exemplar.id", nullable=True),
    _to("draft.id"),
    Column("form", String(32), nullable=False),
    Column("milestone", String(24), nullable=False, server_default=""),
    Column("version", Integer, nullable=False),
    Column("answers", JSON, nullable=False),
    Column("late", Boolean, nullable=False),
    _to("person.id"),
    Column("at", Moment, nullable=False),
    UniqueConstraint("exemplar_id", "form", "version"),
    Index(  # of a report there is no exemplar, and NULL is never equal to NULL
        "uq_submission_report",
        "season_id",
        "unit_id",
        "form",
        "milestone",
        "version",
        unique=True,
        sqlite_where=text("exemplar_id IS NULL"),
        postgresql_where=text("exemplar_id IS NULL"),
    ),
    Index("ix_submission_season_id_unit_id", "season_id", "unit_id"),
    Index("ix_submission_draft_id", "draft_id"),
)

score = Table(
    "score",
    metadata,
    Column("submission_id", ForeignKey("submission.id"), primary_key=True),
    Column("criterion", String(16), primary_key=True),
    Column("points", Exact, nullable=False),
    Column("evidence", Integer, nullable=False),
)

closing = Table(
    "closing",
    metadata,
    _key(),
    _to("season.id"),
    _to("unit.id"),
    Column("milestone", String(24), nullable=False),
    Column("kind", String(12), nullable=False),  # complete | none | paper | stopped (of “:e7”: an exemplar)
    Column("note", Text, nullable=False),  # number and date of the letter, as typed
    _to("person.id"),
    Column("at", Moment, nullable=False),
    UniqueConstraint("season_id", "unit_id", "milestone", "kind"),
)

due = Table(
    "due",
    metadata,
    _key(),
    _to("season.id"),
    _to("unit.id"),
    Column("milestone", String(24), nullable=False),
    Column("deadline", Date, nullable=False),  # the last day to which the step counts: a date that moved has its own
    # working days before the last working day; negative: after it; from 1000 on: the office's own urging
    Column("step", Integer, nullable=False),
    Column("due_on", Date, nullable=False),  # the day on which they are reminded
    Column("state", String(12), nullable=False, server_default="made"),  # made | skipped (the unit had answered)
    Column("made_at", Moment, nullable=False),
    UniqueConstraint("season_id", "milestone", "deadline", "step", "unit_id"),
)

step = Table(
    "step",
    metadata,
    _key(),
    _to("season.id"),
    Column("milestone", String(24), nullable=False),
    Column("deadline", Date, nullable=False),
    Column("step", Integer, nullable=False),
    # waiting (for the office's word) | held | overtaken | released
    Column("state", String(12), nullable=False),
    _to("person.id", nullable=True),
    Column("at", Moment, nullable=False),
    UniqueConstraint("season_id", "milestone", "deadline", "step"),
)

extension = Table(  # one unit has a later last day for one milestone; of several rows the newest counts
    "extension",
    metadata,
    _key(),
    _to("season.id"),
    _to("unit.id"),
    Column("milestone", String(24), nullable=False),
    Column("until", Date),  # the new last day; none: the extension was taken back
    Column("reason", Text, nullable=False),
    _to("person.id"),
    Column("at", Moment, nullable=False),
    Index("ix_extension_season_id", "season_id", "milestone", "unit_id"),
)

own_day = Table(  # the day that an office sets itself for a duty whose document names none
    "own_day",
    metadata,
    _key(),
    _to("season.id"),
    Column("milestone", String(24), nullable=False),  # of a periodic duty the duty itself, not its occasions
    Column("on", Date),  # the last day
    Column("day", Integer),  # of a periodic duty: the day in the last month of each period
    _to("person.id"),  # neither of the two: the office wants no day, and is not asked again
    Column("at", Moment, nullable=False),
    UniqueConstraint("season_id", "milestone"),
)

response = Table(  # what a unit answered to a reminder
    "response",
    metadata,
    _key(),
    _to("season.id"),
    _to("unit.id"),
    Column("milestone", String(24), nullable=False),
    Column("deadline", Date, nullable=False),
    Column("step", Integer, nullable=False),  # the reminder that was answered
    # seen: the next step is skipped · later: nothing before `until` · done: the unit says that it has sent it, a person
    # of the office is to confirm that · refused: the office could not find it
    Column("kind", String(8), nullable=False),
    Column("until", Date),
    Column("note", Text, nullable=False, server_default=""),  # of “done”: number and date of the letter, as typed
    _to("person.id"),
    _to("address.id", nullable=True),
    Column("at", Moment, nullable=False),
    UniqueConstraint("season_id", "milestone", "deadline", "step", "unit_id", "kind"),
)

escalation = Table(  # a unit that stayed silent is told to whoever looks after it, once for each date
    "escalation",
    metadata,
    _key(),
    _to("season.id"),
    _to("unit.id"),
    Column("milestone", String(24), nullable=False),
    Column("deadline", Date, nullable=False),
    Column("state", String(8), nullable=False),  # waiting (for the office's word) | told | dropped
    _to("person.id", nullable=True),
    Column("at", Moment, nullable=False),
    UniqueConstraint("season_id", "milestone", "deadline", "unit_id"),
)

broadcast = Table(  # one message of an office to many
    "broadcast",
    metadata,
    _key(),
    _to("unit.id"),  # the office in whose name it goes
    _to("person.id"),
    _to("address.id"),  # where it was written, and where its progress is shown
    Column("season_id", ForeignKey("season.id")),  # whose figures it tells; none: it tells none
    Column("audience", JSON, nullable=False),  # how the recipients are chosen (bot/store/broadcasts.py)
    Column("text", Text, nullable=False),
    Column("files", JSON, nullable=False),  # [{"sha256", "name", "media", "kind"}]
    Column("receipts", Boolean, nullable=False),  # whether it has the button “Đã nhận”
    # draft | scheduled | writing (its rows are being made) | sending | done | stopped | cancelled
    Column("state", String(12), nullable=False),
    Column("send_at", Moment),  # plan time; none: at once
    Column("repeats", String(8), nullable=False, server_default=""),  # "" | week | month
    Column("first_id", ForeignKey("broadcast.id")),  # of a repeated one
    # the last unit whose recipients have their rows
    Column("written_to", BigInteger, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("ended_at", Moment),
    Index("ix_broadcast_state", "state"),
    Index("ix_broadcast_unit_id", "unit_id"),
)

delivery = Table(  # one recipient of a broadcast; how far it came stands in its outbox row
    "delivery",
    metadata,
    _key(),
    _to("broadcast.id"),
    Column("unit_id", ForeignKey("unit.id")),
    _to("person.id", nullable=True),  # none: a group
    _to("address.id", nullable=True),  # none: there is no way to reach them
    _to("outbox.id", nullable=True),
    Column("seen_at", Moment),
    Column("seen_by", ForeignKey("person.id")),  # whose press it was
    Index("ix_delivery_broadcast_id", "broadcast_id", "address_id"),
    Index("ix_delivery_outbox_id", "outbox_id"),
)

sender = Table(  # what all processes that send by one channel must know of it
    "sender",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("paused_until", Float, nullable=False),  # epoch seconds; the platform asked for it
    Column("why", String(96), nullable=False),
)

usage = Table(  # messages of a month, where the platform counts them
    "usage",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("month", String(7), primary_key=True),  # 2026-11
    Column("sent", Integer, nullable=False),
    Column("received", Integer, nullable=False),
    Column("told", Integer, nullable=False, server_default="0"),  # the share of the quota that people were warned of
    Column("used_up", Integer, nullable=False, server_default="0"),  # how many were thought to be there when it said no
)

ticket = Table(  # secret links: what one may do at an address of the web server without signing in
    "ticket",
    metadata,
    _key(),
    Column("digest", String(64), nullable=False, unique=True),  # SHA-256 of the secret in the link
    Column("kind", String(8), nullable=False),  # upload | form | paper
    _to("address.id"),  # whose it is, and where the answer goes
    _to("person.id", nullable=True),
    _to("draft.id", nullable=True),
    Column("question", String(24), nullable=False, server_default=""),
    Column("paper", String(160), nullable=False, server_default=""),  # what is to be made, as in an Attachment
    Column("name", String(160), nullable=False, server_default=""),
    Column("media", String(120), nullable=False, server_default=""),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Index("ix_ticket_address_id", "address_id"),
    Index("ix_ticket_draft_id", "draft_id"),
    Index("ix_ticket_expires_at", "expires_at"),
)

beat = Table(  # when each tick ran last, in whichever process
    "beat",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("at", Float, nullable=False),  # epoch seconds
    Column("took", Float, nullable=False),  # seconds; of a process (“process:…”): for how long it runs
    Column("every", Float, nullable=False),  # seconds; a tick that stays away for five times as long is told of
    Column("owner", String(40), nullable=False),
)

web_message = Table(
    "web_message",
    metadata,
    _key(),
    Column("chat", String(64), nullable=False),
    Column("side", String(8), nullable=False),
    Column("content", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_web_message_chat", "chat", "id"),
)
