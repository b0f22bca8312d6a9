"""Sentences in the person's language: translate first, fill in afterwards."""

from __future__ import annotations

import gettext
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

LOCALES = Path(__file__).resolve().parent.parent / "locales"
DEFAULT = "vi"
KNOWN = ("vi", "en")
_DATE = {"vi": "%d/%m/%Y", "en": "%d %B %Y"}


def mark(source: str) -> str:
    """Name a sentence for translation where it is written down, to be said elsewhere."""
    return source


CHANNELS = {"telegram": mark("Telegram"), "web": mark("web page"), "terminal": mark("terminal"), "zalo": mark("Zalo")}


class Language:
    """One catalogue. Sentences in code are English msgids; values are written the way the language writes them."""

    def __init__(self, code: str, catalogue: gettext.NullTranslations) -> None:
        self.code = code
        self._catalogue = catalogue

    def say(self, source: str, /, **values: Any) -> str:
        """The sentence, translated and then filled: Decimals with the language's comma, dates as it writes them."""
        return self._fill(self._catalogue.gettext(source), values)

    def say_n(self, one: str, many: str, n: int, **values: Any) -> str:
        """The same for a sentence that counts: `{n}` is the number."""
        return self._fill(self._catalogue.ngettext(one, many, n), {"n": n, **values})

    def number(self, value: Decimal | int) -> str:
        """13.50 → "13,5" in Vietnamese, "13.5" in English; whole numbers without a fraction, thousands grouped."""
        whole, _, fraction = f"{abs(value):f}".partition(".")
        grouped = f"{int(whole):,}"
        fraction = fraction.rstrip("0")
        written = grouped + ("." + fraction if fraction else "")
        if self.code == "vi":
            written = written.translate(str.maketrans(",.", ".,"))
        return ("-" if value < 0 else "") + written

    def date(self, value: date) -> str:
        return value.strftime(_DATE[self.code])

    def moment(self, value: datetime) -> str:
        """A time of day with its date, e.g. "08:00 06/02/2024"; the value must already stand in the reader's zone."""
        return f"{value:%H:%M} {self.date(value)}"

    def channel(self, name: str) -> str:
        """What people call the channel; of several bots at one platform each is called by the platform."""
        kind = name.partition(":")[0]
        return self.say(CHANNELS[kind]) if kind in CHANNELS else name

    def _fill(self, sentence: str, values: dict[str, Any]) -> str:
        return sentence.format_map({name: self._written(value) for name, value in values.items()})

    def _written(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, date):
            return self.date(value)
        if isinstance(value, Decimal):
            return self.number(value)
        return value


def language(code: str) -> Language:
    """The language with that code ("vi-VN" is "vi"); what is not known is Vietnamese. The catalogues are compiled by `make venv`."""
    short = code.split("-")[0].split("_")[0].lower()
    return _catalogue(short if short in KNOWN else DEFAULT)


@cache
def _catalogue(code: str) -> Language:
    return Language(code, gettext.translation("kheo", LOCALES, [code]))
