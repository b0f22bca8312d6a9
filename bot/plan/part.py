"""What every piece of a plan is made of: the words of the document, and how they are read."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,24}$")]
"""How rules are called: in paths, in buttons, in the database."""


class Part(BaseModel):
    """A piece of a plan. Unknown keys are refused and nothing changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quote(Part):
    """The verbatim words of the document (typos and all) and the place where they stand."""

    text: str
    at: str


class Interpretation(Part):
    """How an open wording is read, by whom and why; shown whenever the rule is explained."""

    reading: str
    why: str
    by: str


class Rule(Part):
    """What every rule of a plan carries: its quotation and, where the wording is open, the reading of it."""

    quote: Quote | None = None
    interpretation: Interpretation | None = None


class Range(Part):
    """A stretch of numbers. `at_least` and `at_most` belong to it, `above` and `below` do not; left out: no end there."""

    at_least: Decimal | None = None
    above: Decimal | None = None
    at_most: Decimal | None = None
    below: Decimal | None = None

    def holds(self, number: Decimal) -> bool:
        """Whether the number lies in it."""
        return not (
            (self.at_least is not None and number < self.at_least)
            or (self.above is not None and number <= self.above)
            or (self.at_most is not None and number > self.at_most)
            or (self.below is not None and number >= self.below)
        )

    def times(self, factor: Decimal) -> Range:
        """The same stretch with every end multiplied, so that a share can be compared without dividing."""
        ends = (self.at_least, self.above, self.at_most, self.below)
        at_least, above, at_most, below = (end if end is None else end * factor for end in ends)
        return Range(at_least=at_least, above=above, at_most=at_most, below=below)
