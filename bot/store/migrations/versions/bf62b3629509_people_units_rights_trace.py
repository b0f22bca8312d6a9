"""people, units, rights, trace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "bf62b3629509"
down_revision = "cf88479756b8"
branch_labels = None
depends_on = None


REFUSED = "the trace is append-only"
# A row that replaces another deletes it without a trigger on DELETE hearing of it: SQLite needs a word on INSERT too.
APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER {table}_keeps_{act.lower()} BEFORE {act} ON {table} {when} "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        for table in ("audit", "audit_seal")
        for act, when in (
            ("UPDATE", ""),
            ("DELETE", ""),
            ("INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"),
        )
    ],
    "postgresql": [
        "CREATE FUNCTION audit_keeps() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$",
        *(
            f"CREATE TRIGGER {table}_keeps BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_keeps()"
            for table in ("audit", "audit_seal")
        ),
    ],
}


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=48), nullable=False),
        sa.Column("object", sa.String(length=64), nullable=False),
        sa.Column("about", sa.BigInteger(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_at", ["at"], unique=False)
        batch_op.create_index("ix_audit_object", ["object"], unique=False)
        batch_op.create_index("ix_audit_person", ["person"], unique=False)

    op.create_table(
        "audit_seal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("many", sa.Integer(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seal")),
    )
    op.create_table(
        "cluster",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster")),
        sa.UniqueConstraint("code", name=op.f("uq_cluster_code")),
    )
    op.create_table(
        "unwanted",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_unwanted")),
    )
    op.create_table(
        "kept",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_kept")),
    )
    op.create_table(
        "cluster_unit",
        sa.Column("cluster_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_cluster_unit_cluster_id_cluster")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_cluster_unit_unit_id_unit")),
        sa.PrimaryKeyConstraint("cluster_id", "unit_id", name=op.f("pk_cluster_unit")),
    )
    with op.batch_alter_table("cluster_unit", schema=None) as batch_op:
        batch_op.create_index("ix_cluster_unit_unit_id", ["unit_id"], unique=False)

    op.create_table(
        "unit_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("successor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("was_called", sa.Text(), nullable=False),
        sa.Column("was_coded", sa.String(length=64), nullable=False),
        sa.Column("was_under", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["successor_id"], ["unit.id"], name=op.f("fk_unit_change_successor_id_unit")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_change_unit_id_unit")),
        sa.ForeignKeyConstraint(["was_under"], ["unit.id"], name=op.f("fk_unit_change_was_under_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_change")),
        sa.UniqueConstraint(
            "unit_id", "kind", "on", "successor_id", name=op.f("uq_unit_change_unit_id_kind_on_successor_id")
        ),
    )
    with op.batch_alter_table("unit_change", schema=None) as batch_op:
        batch_op.create_index("ix_unit_change_successor_id", ["successor_id"], unique=False)

    op.create_table(
        "application",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("function", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_application_address_id_address")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_application_decided_by_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_application_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index("ix_application_address_id", ["address_id"], unique=False)
        batch_op.create_index("ix_application_state", ["state", "unit_id"], unique=False)

    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_consent_address_id_address")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index("ix_consent_person_id", ["person_id"], unique=False)

    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("preferred", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_index("ix_address_tried_at", ["tried_at"], unique=False)

    with op.batch_alter_table("join_code", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=12), server_default="person", nullable=False))
        batch_op.add_column(
            sa.Column("cluster_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("function", sa.String(length=32), server_default="", nullable=False))
        batch_op.add_column(sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.add_column(sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_join_code_cluster_id_cluster"), "cluster", ["cluster_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_join_code_made_by_person"), "person", ["made_by"], ["id"])

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_unit_code"), type_="unique")
        batch_op.create_unique_constraint(batch_op.f("uq_unit_code_valid_from"), ["code", "valid_from"])
        batch_op.create_index(
            "uq_unit_code_from_ever",
            ["code"],
            unique=True,
            sqlite_where=sa.text("valid_from IS NULL"),
            postgresql_where=sa.text("valid_from IS NULL"),
        )

    with op.batch_alter_table("role", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("cluster_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.alter_column("unit_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.drop_constraint(batch_op.f("uq_role_person_id_unit_id_function"), type_="unique")
        batch_op.create_index("ix_role_cluster_id", ["cluster_id"], unique=False)
        batch_op.create_index("ix_role_person_id", ["person_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_role_cluster_id_cluster"), "cluster", ["cluster_id"], ["id"])

    op.execute("UPDATE join_code SET kind = 'group' WHERE unit_id IS NOT NULL")
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
