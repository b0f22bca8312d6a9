"""What all processes that send by one channel must know of it: until when the platform wants to be left alone."""

from __future__ import annotations

from sqlalchemy import case, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.engine import Tx
from bot.store.tables import sender

WHY = 96  # characters that are kept of a reason


def pause(tx: Tx, channel: str, until: float, why: str) -> None:
    """Nothing is sent by the channel before `until` (epoch seconds); an earlier pause is never made shorter."""
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    row = make(sender).values(channel=channel, paused_until=until, why=why[:WHY])
    longer = row.excluded.paused_until > sender.c.paused_until
    tx.execute(
        row.on_conflict_do_update(
            index_elements=[sender.c.channel],
            set_={
                "paused_until": case((longer, row.excluded.paused_until), else_=sender.c.paused_until),
                "why": case((longer, row.excluded.why), else_=sender.c.why),
            },
        )
    )


def pauses(tx: Tx) -> dict[str, float]:
    """Channel → until when it is paused (epoch seconds); those whose pause is over stand in it too."""
    return {row.channel: row.paused_until for row in tx.execute(select(sender.c.channel, sender.c.paused_until)).all()}
