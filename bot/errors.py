"""Four kinds of trouble: she misunderstood, not allowed, the plan is wrong, a channel (or the store) failed."""

from __future__ import annotations

from typing import Any


class KheoError(Exception):
    """Something went wrong; the subclass says who is told."""


class Misunderstood(KheoError):
    """What was typed cannot be used. The person is told `source`, translated and then filled with `values`."""

    def __init__(self, source: str, **values: Any) -> None:
        super().__init__(source)
        self.source = source
        self.values = values


class NotAllowed(KheoError):
    """The person may not do this. They are told `source`, which gives nothing away about what they may not see."""

    def __init__(self, source: str, **values: Any) -> None:
        super().__init__(source)
        self.source = source
        self.values = values


class PlanWrong(KheoError):
    """A plan file (or a calendar) cannot be used. The administrator is told file, line, path and remedy.

    `findings` are `bot.plan.finding.Finding`s, each printing as one line; the text of the error is all of them.
    """

    def __init__(self, text: str, findings: tuple[Any, ...] = ()) -> None:
        super().__init__(text)
        self.findings = findings


class StoreDown(KheoError):
    """The database did not take the work; nothing was acknowledged, and the platform will deliver again."""


class SettingsWrong(KheoError):
    """A setting cannot be used. Whoever started the program is told which one, and the remedy."""


class ChannelFailed(KheoError):
    """A message could not be delivered. The subclass says what is to be done with it.

    Where it went in several pieces and some have arrived, `rest` is what is left of it, a Reply.
    """

    rest: Any = None


class Unreachable(ChannelFailed):
    """The person blocked the bot, or the bot was put out of the group: do not try again, mark the address."""


class Gone(ChannelFailed):
    """The chat (or the message to be edited) does not exist any more: do not try again."""


class MovedTo(ChannelFailed):
    """The group has a new address `chat`: correct it and send there."""

    def __init__(self, chat: str) -> None:
        super().__init__(chat)
        self.chat = chat


class Later(ChannelFailed):
    """The platform asks to wait `seconds` before anything more is sent with this token."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds


class TooMany(Later):
    """The platform takes no more at present and does not say of what: it may be the pace, or the messages of the month."""


class UsedUp(ChannelFailed):
    """The platform says that the messages of this month are used up: nothing more leaves by that bot until the next."""


class Transient(ChannelFailed):
    """The platform is away or stumbled before it took the message: try again a little later."""


class UnknownEffect(ChannelFailed):
    """The connection broke after the message had left: it may have arrived."""


class Refused(ChannelFailed):
    """The platform will never take this message (too long, malformed): do not try again, tell the administrator."""
