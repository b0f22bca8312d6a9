"""indexes for what is looked up, reminded of and sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e9419a5d3750"
down_revision = "1e9e10ae6c65"
branch_labels = None
depends_on = None

PENDING = sa.text("state = 'pending'")
ON_THE_WAY = sa.text("state IN ('pending', 'leased', 'sending')")


def upgrade() -> None:
    op.drop_index("ix_outbox_waiting", "outbox")
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["priority", "id", "not_before"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_index(
        "ix_outbox_on_the_way",
        "outbox",
        ["address_id", "id"],
        sqlite_where=ON_THE_WAY,
        postgresql_where=ON_THE_WAY,
    )
    op.create_index("ix_exemplar_unit_id", "exemplar", ["unit_id"])
    op.create_index("ix_join_code_unit_id", "join_code", ["unit_id", "address_id"])
    op.create_index("ix_role_unit_id", "role", ["unit_id"])
    op.create_index("ix_submission_draft_id", "submission", ["draft_id"])


def downgrade() -> None:
    op.drop_index("ix_submission_draft_id", "submission")
    op.drop_index("ix_role_unit_id", "role")
    op.drop_index("ix_join_code_unit_id", "join_code")
    op.drop_index("ix_exemplar_unit_id", "exemplar")
    op.drop_index("ix_outbox_on_the_way", "outbox")
    op.drop_index("ix_outbox_waiting", "outbox")
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["priority", "not_before", "id"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
