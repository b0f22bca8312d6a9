"""What a rule answers where the plan is silent, or says two things at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Undetermined:
    """The plan leaves it open, for `reason` (a short snake_case code); `about` is the code or id concerned."""

    reason: str
    about: str = ""
