"""reports, seasons pinned to their text, models over years."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "cf88479756b8"
down_revision = "e9419a5d3750"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_text",
        sa.Column("plan", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("plan", "version", name=op.f("pk_plan_text")),
    )
    op.create_table(
        "occurrence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("season_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=24), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_occurrence_person_id_person")),
        sa.ForeignKeyConstraint(["season_id"], ["season.id"], name=op.f("fk_occurrence_season_id_season")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrence")),
        sa.UniqueConstraint("season_id", "name", name=op.f("uq_occurrence_season_id_name")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.add_column(sa.Column("milestone", sa.String(length=24), server_default="", nullable=False))

    with op.batch_alter_table("exemplar", schema=None) as batch_op:
        batch_op.add_column(sa.Column("status", sa.String(length=24), server_default="", nullable=False))
        batch_op.add_column(sa.Column("source", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column("carried_from", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_exemplar_carried_from_exemplar"), "exemplar", ["carried_from"], ["id"]
        )

    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.add_column(sa.Column("milestone", sa.String(length=24), server_default="", nullable=False))
        batch_op.alter_column("exemplar_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(
            "uq_submission_report",
            ["season_id", "unit_id", "form", "milestone", "version"],
            unique=True,
            sqlite_where=sa.text("exemplar_id IS NULL"),
            postgresql_where=sa.text("exemplar_id IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_submission_report",
            sqlite_where=sa.text("exemplar_id IS NULL"),
            postgresql_where=sa.text("exemplar_id IS NULL"),
        )
        batch_op.alter_column("exemplar_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("milestone")

    with op.batch_alter_table("exemplar", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_exemplar_carried_from_exemplar"), type_="foreignkey")
        batch_op.drop_column("carried_from")
        batch_op.drop_column("source")
        batch_op.drop_column("status")

    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_column("milestone")

    op.drop_table("occurrence")
    op.drop_table("plan_text")
