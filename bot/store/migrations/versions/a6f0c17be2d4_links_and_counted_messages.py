"""links and counted messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a6f0c17be2d4"
down_revision = "cbdb6180efea"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "usage",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), server_default="0", nullable=False),
        sa.Column("used_up", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("channel", "month", name=op.f("pk_usage")),
    )
    op.create_table(
        "ticket",
        sa.Column("id", _ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=True),
        sa.Column("draft_id", _ID, nullable=True),
        sa.Column("question", sa.String(length=24), server_default="", nullable=False),
        sa.Column("paper", sa.String(length=160), server_default="", nullable=False),
        sa.Column("name", sa.String(length=160), server_default="", nullable=False),
        sa.Column("media", sa.String(length=120), server_default="", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_ticket_address_id_address")),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_ticket_draft_id_draft")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ticket_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("digest", name=op.f("uq_ticket_digest")),
    )
    for column in ("address_id", "draft_id", "expires_at"):
        op.create_index(f"ix_ticket_{column}", "ticket", [column], unique=False)
