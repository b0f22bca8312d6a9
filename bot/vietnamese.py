"""Vietnamese as people type it: folding, numbers, money and dates, with or without diacritics."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal

LONGEST_NUMERAL = 20
"""Characters of one number: a thousand billion đồng with its points has 17, and Decimal stays exact to 28 digits."""
SMALLEST_BARE_MONEY = 1000
"""Below this a sum without a unit is not read: “50” in an office means đồng, nghìn or triệu."""
LARGEST = 10**18
"""Beyond any count or sum an office writes, and well within what Decimal holds exactly."""
YEARS = range(1900, 2101)

_LOOKALIKES = str.maketrans(
    {
        "đ": "d",
        "Đ": "d",
        "Ð": "d",  # U+00D0, which some keyboards give for Đ
        "ð": "d",
        "ƣ": "u",
        "–": "-",
        "—": "-",
        "‑": "-",
        "“": '"',
        "”": '"',
        "’": "'",
        "‘": "'",
        "\u200b": "",
        "\ufeff": "",
    }
)
_SPACES = re.compile(r"\s+")


def fold(text: str) -> str:
    """The text as a search key: lower case, no diacritics, đ/Đ/Ð as d, one space between words.

    NFC and NFD, old and new tone marks (“hòa”, “hoà”), no-break spaces and typographic dashes all fold alike.
    """
    plain = unicodedata.normalize("NFD", text.translate(_LOOKALIKES))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold().translate(_LOOKALIKES)
    return _SPACES.sub(" ", plain).strip()


_WIDE = str.maketrans({"，": ",", "．": ".", "／": "/", "－": "-", "−": "-", "＋": "+", "％": "%", "½": " rưỡi"})
_TOKEN = re.compile(r"[0-9][0-9.,]*|[a-z]+|\S")

_DIGITS = {
    "khong": 0,
    "mot": 1,
    "hai": 2,
    "ba": 3,
    "bon": 4,
    "nam": 5,
    "sau": 6,
    "bay": 7,
    "tam": 8,
    "chin": 9,
}
# After a ten, five is “lăm”: “mười năm” are ten years.
_AFTER_TEN = {word: n for word, n in _DIGITS.items() if word not in ("khong", "nam")} | {"tu": 4, "lam": 5, "nham": 5}
_AFTER_COMMA = _DIGITS | {"tu": 4, "lam": 5, "nham": 5}
_SCALES = {
    "tram": 100,
    "k": 1000,
    "nghin": 1000,
    "ngan": 1000,
    "tr": 10**6,
    "trd": 10**6,
    "trieu": 10**6,
    "ty": 10**9,
    "ti": 10**9,
    "tyd": 10**9,
}
_POINT_WORDS = ("d", "diem")
_MONEY_WORDS = ("d", "dong", "vnd")
_FULL = frozenset(
    ("toi da", "diem toi da", "full", "full diem", "du diem", "tron diem", "tuyet doi", "diem tuyet doi", "max")
)


def read_number(text: str) -> Decimal | None:
    """“13,5”, “13 rưỡi”, “mười lăm phẩy năm”, “13đ5”, “1.000.000”, “2 nghìn”; None if it is no number or could be two.

    A point before three digits groups thousands (“1.000”); a single comma before three digits (“13,500”) is read by
    some as a fraction and by others as thousands, so it is not read at all.
    """
    return _number(_tokens(text), scaled=True, bare=text)


def read_score(text: str, maximum: Decimal) -> Decimal | None:
    """Points out of `maximum`: a number, even above it; “14/15” if 15 is the maximum; “tối đa”, “full”, “đủ điểm”."""
    plain = _plain(text)
    if plain in _FULL:
        return maximum
    given, slash, most = re.sub(r" tren ", "/", plain).partition("/")
    if slash:
        if _number(_TOKEN.findall(most), scaled=False) != maximum:
            return None
        plain = given
    return _number(_TOKEN.findall(plain), scaled=False, bare=text)


def read_money(text: str) -> Decimal | None:
    """Whole đồng: “50tr”, “1,2 tỷ”, “1 tỷ 200 triệu”, “1tr2”, “200k”, “1.200.000đ”; None for a mere “50”."""
    tokens, negative = _sign(_TOKEN.findall(_plain(text).replace("tr.d", "trd").rstrip(" .,;!")))
    unit = bool(tokens) and tokens[-1] in _MONEY_WORDS
    if unit:
        tokens = tokens[:-1]
    scaled = any(token in _SCALES for token in tokens)
    if not scaled:
        # There is no fraction of a đồng, so here a comma before three digits can only group.
        tokens = [re.sub(r",(?=[0-9]{3}(?:,|$))", "", t) if re.fullmatch(r"[0-9,]+", t) else t for t in tokens]
        tokens = ["".join(tokens)] if re.fullmatch(r"[0-9]{1,3}( [0-9]{3})+", " ".join(tokens)) else tokens
    amount = _amount(tokens)
    if amount is None or amount != amount.to_integral_value():
        return None
    if not (unit or scaled) and 0 < amount < SMALLEST_BARE_MONEY:
        return None
    return Decimal(-int(amount) if negative else int(amount))


def read_percent(text: str) -> Decimal | None:
    """“90%”, “90,5 %”, “chín mươi phần trăm” or simply “90”: 90 means ninety of a hundred."""
    plain = _plain(text).rstrip(" .,;!")
    for sign in ("%", "phan tram", "percent"):
        if plain.endswith(sign):
            return _number(_TOKEN.findall(plain.removesuffix(sign)), scaled=False)
    return _number(_TOKEN.findall(plain), scaled=False, bare=text)


_YES = frozenset(
    (
        *("co", "co roi", "co chu", "da co", "roi", "yes", "y", "ok", "oke", "okay", "u", "uh", "um", "vang", "duoc"),
        *("dung", "dung vay", "dung roi", "phai", "dong y", "nhat tri", "chac chan", "dat"),
    )
)
_NO = frozenset(
    (
        *("khong", "ko", "k", "kh", "hong", "khong co", "ko co", "k co", "khong phai", "khong dung", "khong dong y"),
        *("ko dong y", "k dong y", "khong can", "khong a", "chua", "chua co", "no", "n", "not yet", "sai"),
        *("khong dat", "ko dat", "k dat", "chua dat"),
    )
)
_POLITE = re.compile(r"^(?:da|thua|xin) |,| (?:a|nhe|nha|em|anh|chi|the)$|[.!]+$")


def read_yes_no(text: str) -> bool | None:
    """Có or không, in the many ways people write them (“ko”, “k”, “đồng ý”, “rồi”, “chưa”, “dạ có ạ”)."""
    plain = _plain(text)
    for _ in range(3):
        if plain in _YES:
            return True
        if plain in _NO:
            return False
        plain = _POLITE.sub("", plain).strip()
    return None


_MOBILE = re.compile(r"0[35789][0-9]{8}")
_LANDLINE = re.compile(r"02[0-9]{9}")


LONGEST_PERSON_NAME = 60  # characters; the longest in the registers has some forty


def read_person_name(text: str) -> str | None:
    """A person's full name as it is to be kept, with single spaces; None for what is no name of two words at least."""
    name = _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()
    words = name.split(" ")
    if len(name) > LONGEST_PERSON_NAME or len(words) < 2:
        return None
    if not all(c.isalpha() or c in " .'’-" for c in name) or not all(word[0].isalpha() for word in words):
        return None
    return name


def read_phone(text: str) -> str | None:
    """A Vietnamese number as ten digits (mobile) or eleven (“02…”), also from “+84 912 345 678” or “0912.345.678”."""
    plain = re.sub(r"^(?:sdt|dt|dien thoai|so dien thoai|tel|phone)\b[ :.]*", "", _plain(text))
    if not re.fullmatch(r"[-0-9+(). ]+", plain):
        return None
    digits = re.sub(r"[^0-9+]", "", plain)
    digits = re.sub(r"^(?:\+84|0084|84(?=[0-9]{9,10}$))0?", "0", digits)
    return digits if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits) else None


# Mùng 1 Tết in Vietnam (UTC+7) and the number of days of the month Chạp before it.
_TET = {
    2023: (date(2023, 1, 22), 30),
    2024: (date(2024, 2, 10), 30),
    2025: (date(2025, 1, 29), 29),
    2026: (date(2026, 2, 17), 29),
    2027: (date(2027, 2, 6), 29),
    2028: (date(2028, 1, 26), 29),
    2029: (date(2029, 2, 13), 29),
}
_FARTHEST_TET = timedelta(days=193)
"""Half of the longest lunar year: a Tết farther away than this is not the nearest one, only the last in the table."""

_NEAR_DAYS = {
    "hom nay": 0,
    "today": 0,
    "mai": 1,
    "ngay mai": 1,
    "tomorrow": 1,
    "ngay kia": 2,
    "ngay mot": 2,
    "hom qua": -1,
    "yesterday": -1,
}
_NEAR_YEARS = {"nay": 0, "sau": 1, "toi": 1, "ngoai": -1, "truoc": -1}
_NEAR_MONTHS = {"thang nay": 0, "thang sau": 1, "thang toi": 1, "thang truoc": -1}
_WEEKS = {"nay": 0, "tuan nay": 0, "tuan sau": 1, "tuan toi": 1, "tuan truoc": -1}
_WEEKDAYS = {
    **{f"thu {n}": n - 2 for n in range(2, 8)},
    **dict.fromkeys(("chu nhat", "cn"), 6),
    **{f"thu {word}": n for n, word in enumerate(("hai", "ba", "tu", "nam", "sau", "bay"))},
}
_MONTH_WORDS = {"tu": 4}

_WEEKDAY = re.compile(r"(thu [a-z2-7]+|chu nhat|cn)(?: ((?:tuan )?[a-z]+))?")
_YEAR = r"(?:(?:[ ,]*nam | )(?P<year>[0-9]{4}|[0-9]{2}|nay|sau|toi|ngoai|truoc))?"
_ISO = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
_SHORT_DATE = re.compile(
    r"(?P<day>[0-9]{1,2}) ?(?P<mark>[-/.]) ?(?P<month>[0-9]{1,2})"
    r"(?: ?(?P=mark) ?(?P<y>[0-9]{4}|[0-9]{2})|" + _YEAR + ")"
)
_LONG_DATE = re.compile(
    r"(?P<day>[a-z0-9 ]{1,20}?) ?thang (?P<month>[0-9]{1,2}|[a-z ]{2,12}?)(?:[/-](?P<y>[0-9]{4}|[0-9]{2})|"
    + _YEAR
    + ")"
)
_MONTH = re.compile(
    r"(?:thang |t)(?P<month>[0-9]{1,2}|[a-z ]{2,12}?)(?: ?[/-] ?(?P<y>[0-9]{4}|[0-9]{2})|" + _YEAR + ")"
)
_SHORT_MONTH = re.compile(r"(?P<month>[0-9]{1,2}) ?[-/.] ?(?P<y>[0-9]{4})|(?P<year>[0-9]{4})-(?P<m>[0-9]{1,2})")
_LUNAR = re.compile(
    r"(?P<day>ram|(?:(?:mung|mong|ngay) )*[a-z0-9 ]{1,16}?) (?P<month>tet|(?:thang )?gieng|thang chap|chap)"
    r"(?: nguyen dan| am lich| al| \(am lich\))*" + _YEAR
)


def read_date(text: str, today: date) -> date | None:
    """“15/2”, “15.2.26”, “ngày 15 tháng 02 năm 2024”, “mai”, “thứ 6 này”, “mùng 6 Tết”, “23 tháng Chạp”.

    A day without a year is one of `today`'s year. Of lunar dates only those around the nearest Tết (2023 to 2029) are
    read; weeks begin on Monday. None for anything else, and for days that no calendar has (see `impossible_date`).
    """
    plain = _dated(text)
    if plain in _NEAR_DAYS:
        return today + timedelta(days=_NEAR_DAYS[plain])
    weekday = _WEEKDAY.fullmatch(plain)
    if weekday and weekday[1] in _WEEKDAYS:
        return _weekday(_WEEKDAYS[weekday[1]], weekday[2], today)
    lunar = _lunar(plain, today)
    if lunar is not None:
        return lunar
    parts = _calendar(plain, today)
    return _day(*parts) if parts else None


def impossible_date(text: str, today: date) -> bool:
    """Whether the text is written like a date that does not exist, such as “31/2” or “15/13/2026”."""
    parts = _calendar(_dated(text), today)
    return parts is not None and _day(*parts) is None


def read_month(text: str, today: date) -> str | None:
    """A month as "YYYY-MM", from “tháng 3”, “3/2026”, “tháng ba năm 2026”, “tháng này”; without a year, `today`'s."""
    plain = _plain(text).rstrip(" .,;!")
    if plain in _NEAR_MONTHS:
        months = today.year * 12 + today.month - 1 + _NEAR_MONTHS[plain]
        return f"{months // 12:04}-{months % 12 + 1:02}"
    short = _SHORT_MONTH.fullmatch(plain)
    if short:
        month, year = int(short["month"] or short["m"]), int(short["y"] or short["year"])
    else:
        long = _MONTH.fullmatch(plain)
        if not long:
            return None
        spoken = _small(long["month"], _MONTH_WORDS)
        if spoken is None:
            return None
        month, year = spoken, _year(long["y"] or long["year"], today)
    return f"{year:04}-{month:02}" if 1 <= month <= 12 and year in YEARS else None


def _plain(text: str) -> str:
    """Folded, with the digits of every script and their full-width points as ASCII. “²” is no digit."""
    return fold("".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text).translate(_WIDE))


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(_plain(text))


def _sign(tokens: list[str]) -> tuple[list[str], bool]:
    """The tokens without their sign, and whether it was a minus."""
    if tokens and tokens[0] in ("-", "+", "am"):
        return tokens[1:], tokens[0] != "+"
    return tokens, False


def _number(tokens: list[str], *, scaled: bool, bare: str = "") -> Decimal | None:
    tokens, negative = _sign(tokens)
    while tokens and tokens[-1] in (".", ",", ";", "!"):
        tokens = tokens[:-1]
    if tokens and tokens[-1][-1] in ".,":
        tokens = [*tokens[:-1], tokens[-1].rstrip(".,")]
    if len(tokens) > 1 and tokens[-1] in _POINT_WORDS:
        tokens = tokens[:-1]
    elif len(tokens) > 2 and tokens[-2] in _POINT_WORDS:
        if tokens[-1] == "ruoi":
            tokens = [*tokens[:-2], "ruoi"]
        elif re.fullmatch(r"[0-9]{1,2}", tokens[-1]) or tokens[-1] in _DIGITS:
            tokens = [*tokens[:-2], "phay", tokens[-1]]
    elif tokens == ["khong"] or unicodedata.normalize("NFC", bare).strip(" .,;!").lower() == "sau":
        return None  # “không” is rather “no”, and “sau” without its mark rather “later” than “six”
    if not scaled and any(token in _SCALES and token != "tram" for token in tokens):
        return None
    if re.fullmatch(r"[0-9]{1,3}( [0-9]{3}){2,}", " ".join(tokens)):
        tokens = ["".join(tokens)]
    amount = _amount(tokens)
    return -amount if negative and amount is not None else amount


def _amount(tokens: list[str]) -> Decimal | None:
    """Terms of falling scale, the last of them perhaps a half (“rưỡi”) or the next digits of its scale (“1tr2”)."""
    total, scale, at = Decimal(0), 0, 0
    while at < len(tokens):
        if tokens[at] == "ruoi":
            half = 100 if at and tokens[at - 1] == "tram" and scale == 1 else scale
            if at == 0 or at + 1 < len(tokens) or total != total.to_integral_value():
                return None
            return total + Decimal(half) / 2
        start, term = at, _term(tokens, at)
        if term is None:
            return None
        value, at = term
        own = 1
        while at < len(tokens) and tokens[at] in _SCALES and own < LARGEST:
            own, at = own * _SCALES[tokens[at]], at + 1
        if value * own > LARGEST:
            return None
        if own == 1 and scale >= 1000:
            tail = _tail(tokens[start:at], value, scale)
            return total + tail if tail is not None and at == len(tokens) else None
        if scale and (own >= scale or value * own >= scale):
            return None
        total, scale = total + value * own, own
    return total if scale else None


def _tail(tokens: list[str], value: Decimal, scale: int) -> Decimal | None:
    """What “2” adds in “1tr2”, “500” in “2 nghìn 500”, “hai” in “một tỷ hai”."""
    if re.fullmatch(r"[0-9]{1,3}", tokens[0]):
        return Decimal(f"0.{tokens[0]}") * scale if len(tokens) == 1 else None
    if len(tokens) == 1 and tokens[0] in _DIGITS:
        return value * scale / 10
    if "tram" in tokens:
        return value * scale / 1000
    return None


def _term(tokens: list[str], at: int) -> tuple[Decimal, int] | None:
    """One number in digits or words from `at` on, and where it ends."""
    if tokens[at][0] in "0123456789":
        numeral = _numeral(tokens[at])
        if numeral is None:
            return None
        value, at = numeral, at + 1
    else:
        spoken = _spoken(tokens, at)
        if spoken is None:
            return None
        value, at = Decimal(spoken[0]), spoken[1]
    if at < len(tokens) and tokens[at] == "phay":
        if value != value.to_integral_value() or at + 1 == len(tokens):
            return None
        fraction = _fraction(tokens[at + 1 :])
        return None if fraction is None else (Decimal(f"{value:f}.{fraction[0]}"), at + 1 + fraction[1])
    return value, at


def _numeral(text: str) -> Decimal | None:
    if len(text) > LONGEST_NUMERAL:
        return None
    if re.fullmatch(r"[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?", text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if re.fullmatch(r"[1-9][0-9]{0,2}((,[0-9]{3}){2,}|(,[0-9]{3})+\.[0-9]+)", text):
        return Decimal(text.replace(",", ""))
    if re.fullmatch(r"[1-9][0-9]{0,2},[0-9]{3}", text) or not re.fullmatch(r"[0-9]+([.,][0-9]+)?", text):
        return None
    return Decimal(text.replace(",", "."))


def _fraction(tokens: list[str]) -> tuple[str, int] | None:
    """The digits after “phẩy” and how many tokens they take: “năm” 5, “hai lăm” 25, “không năm” 05, “25” 25."""
    if re.fullmatch(r"[0-9]{1,4}", tokens[0]):
        return tokens[0], 1
    digits = ""
    while len(digits) < min(len(tokens), 4) and tokens[len(digits)] in _AFTER_COMMA:
        digits += str(_AFTER_COMMA[tokens[len(digits)]])
    if digits and tokens[len(digits) : len(digits) + 1] != ["muoi"]:
        return digits, len(digits)
    spoken = _spoken(tokens, 0)
    return None if spoken is None else (str(spoken[0]), spoken[1])


def _spoken(tokens: list[str], at: int) -> tuple[int, int] | None:
    """A number below a thousand in words from `at` on, and where it ends."""
    words = [*tokens[at : at + 5], "", ""]
    value, used = 0, 0
    if words[0] in _DIGITS and words[1] == "tram":
        value, used = _DIGITS[words[0]] * 100, 2
        if words[2] in ("linh", "le"):
            return (value + _AFTER_COMMA[words[3]], at + 4) if words[3] in _AFTER_COMMA else None
    ten, muoi = words[used], words[used + 1]
    if ten == "muoi":
        value, used = value + 10, used + 1
    elif _DIGITS.get(ten, 0) and muoi in ("muoi", "chuc"):
        value, used = value + _DIGITS[ten] * 10, used + 2
    elif _DIGITS.get(ten, 0) and muoi in ("lam", "nham"):
        return value + _DIGITS[ten] * 10 + 5, at + used + 2
    elif used:
        # “một trăm năm” is 105 in a book and 150 in the market.
        return None if ten in _DIGITS else (value, at + used)
    elif ten in _DIGITS:
        return _DIGITS[ten], at + 1
    else:
        return None
    if words[used] in _AFTER_TEN:
        return value + _AFTER_TEN[words[used]], at + used + 1
    return value, at + used


def _small(text: str, more: dict[str, int] | None = None) -> int | None:
    """A whole number in digits or words, as days and months are."""
    if more and text in more:
        return more[text]
    if re.fullmatch(r"[0-9]{1,4}", text):
        return int(text)
    words = text.split(" ")
    spoken = _spoken(words, 0)
    return spoken[0] if spoken and spoken[1] == len(words) else None


def _dated(text: str) -> str:
    plain = _plain(text).rstrip(" .,;!")
    return plain if plain in _NEAR_DAYS else plain.removeprefix("ngay ")


def _year(written: str | None, today: date) -> int:
    if not written:
        return today.year
    if written in _NEAR_YEARS:
        return today.year + _NEAR_YEARS[written]
    return int(written) + (2000 if len(written) == 2 else 0)


def _calendar(plain: str, today: date) -> tuple[int, int, int] | None:
    """Year, month and day as written, whether or not there is such a day."""
    iso = _ISO.fullmatch(plain)
    if iso:
        return int(iso["year"]), int(iso["month"]), int(iso["day"])
    found = _SHORT_DATE.fullmatch(plain) or _LONG_DATE.fullmatch(plain)
    if not found:
        return None
    day, month = _small(found["day"]), _small(found["month"], _MONTH_WORDS)
    if day is None or month is None:
        return None
    return _year(found["y"] or found["year"], today), month, day


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def _weekday(weekday: int, week: str | None, today: date) -> date | None:
    """The day in the week that is named; without a week, only if it is still to come in this one."""
    if week is not None and week not in _WEEKS:
        return None
    day = today + timedelta(days=weekday - today.weekday() + 7 * _WEEKS[week or "nay"])
    return None if week is None and day < today else day


def _lunar(plain: str, today: date) -> date | None:
    if plain in ("giao thua", "dem giao thua"):
        return _nearest([first - timedelta(days=1) for first, _ in _TET.values()], today)
    found = _LUNAR.fullmatch(plain)
    if not found:
        return None
    early = found["day"].startswith(("mung ", "mong "))
    day = 15 if found["day"] == "ram" else _small(re.sub(r"^(?:(?:mung|mong|ngay) )+", "", found["day"]))
    if day is None or not 1 <= day <= 30 or (early and day > 10):
        return None
    chap = found["month"].endswith("chap") or (found["month"] == "tet" and day >= 29 and not early)
    if found["month"] == "tet" and not (early or chap or day <= 10):
        return None
    if chap:
        # “23 tháng Chạp năm 2024” may mean the lunar year that ends in January 2025.
        days = [first - timedelta(days=length + 1 - day) for first, length in _TET.values() if day <= length]
        return None if found["year"] else _nearest(days, today)
    if day == 30:
        return None  # Giêng does not have thirty days in every year
    if found["year"]:
        tet = _TET.get(_year(found["year"], today))
        return tet[0] + timedelta(days=day - 1) if tet else None
    return _nearest([first + timedelta(days=day - 1) for first, _ in _TET.values()], today)


def _nearest(days: list[date], today: date) -> date | None:
    near = min(days, key=lambda day: abs(day - today))
    return near if abs(near - today) <= _FARTHEST_TET else None


_PHONE = re.compile(
    r"(?<!\d)(?<!\d[.-])\(?(?:\+\s?84|0084|84(?=[ .-]?[1-9])|0)\)?(?:[ .-]?\(?\d\)?){7,9}[ .-]?\d(?!\d)"
)
_DATE = re.compile(r"(?<!\d)\d{1,2}[ .-]\d{1,2}[ .-](?:19|20)\d\d(?!\d)")
HIDDEN = "•••"


def without_phones(text: str) -> str:
    """The text with every Vietnamese telephone number in it hidden; dates, sums and the numbers of papers stay."""
    hidden = _PHONE.sub(lambda found: found[0] if _DATE.search(found[0]) else HIDDEN, text)
    return hidden if hidden == text else without_phones(hidden)  # of two that hang together the second comes to light
