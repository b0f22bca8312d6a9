"""What a typed sentence asks for: the table of phrases, applied to the words without diacritics and short forms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.lookup import classifier
from bot.lookup.phrases import (
    ASKED,
    COARSE,
    EFFECTS,
    FRAGMENTS,
    LEVEL,
    OFFERED,
    OPENS,
    PERIOD,
    QUESTION,
    REGIONAL,
    REGIONAL_PERHAPS,
    RULES,
    SHORT,
    SPELT,
    STATED,
    TOPICAL,
    UNSURE,
    WHAT,
    WHOLE,
)
from bot.lookup.units import NOTHING, Found, UnitFinder
from bot.vietnamese import fold

LONGEST_ASKED = 400
"""Characters. Whoever writes more is answering, not asking."""
LONGEST_TERSE = 80
"""Characters. In a longer text keywords alone mean nothing: it must also have the form of a question or a request."""
LONGEST_REQUEST = 250
"""Characters. A polite request with its reasons is as long; what is longer tells something."""
LONGEST_MENDED = 80
"""Characters. Only short texts are tried again with their typing mistakes mended."""
CLEAR, AHEAD = 0.2, 0.3
"""Weight of what the classifier and the table make of a sentence, and its lead over the next, with which it is an
answer: 98 of 100 such are right."""
FIRMLY, LOOSELY = 0.5, 0.1
"""What the table's word adds to that weight."""
WORTH_ASKING = 0.03
"""Weight with which an intent is among those asked back."""
_OWN_WORDS = frozenset(("greeting", "thanks", "help", "out_of_scope"))
"""What is said in a word or two, of which the classifier knows little."""
MOST = 4
"""Candidates when something is asked back."""
HIGHEST = Decimal(100)
"""No single criterion of any known plan gives more points; a larger number is something else."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What was asked.

    `intent` is a name of RULES or empty. `unit` is what the sentence names (None if it names none; “xã mình” is none).
    `criterion` is one of the codes handed in. `what` narrows the intents of TOPICAL to a kind of duty: "registration",
    "dossier", "report", "review", "plan", "publicity", "inspection", "guidance", "feedback" or None. `period` is the
    part of the year that is named: q1 … q4, h1, h2, nine_months, m01 … m12, year; `level` the level: co_so, huyen,
    tinh. `sure` is false where the words were mended, often mean something else, or only the classifier knows them.
    `question`: the words are meant for the bot; typed where a form expects an answer, they are not to be taken as the
    answer without asking. `perhaps`: the intents to ask back about, likeliest first, where none is clear enough.
    """

    intent: str = ""
    unit: Found | None = None
    criterion: str | None = None
    year: int | None = None
    what: str | None = None
    period: str | None = None
    level: str | None = None
    sure: bool = False
    question: bool = False
    perhaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the table made of the words."""

    intent: str = ""
    sure: bool = False
    stated: bool = False
    firm: bool = False
    """More than a single word speaks for it."""
    offered: bool = False
    """The words are loose: it is put forward, not taken."""


def understand(text: str, finder: UnitFinder, codes: Sequence[str], *, answering: bool = False) -> Understood:
    """What the text asks for, if anything. `codes` are the criteria as printed (“01” …); `finder` knows the units.

    `answering`: a form is open, so that a text is an answer unless it has the form of a question; the classifier is then
    asked only about questions, and no act is offered.
    """
    if _TELLS.match(unicodedata.normalize("NFC", text[:LONGEST_TERSE])):
        return Understood("feedback.begin", sure=True)
    if len(text) > LONGEST_ASKED or not text.strip():
        return Understood()
    text = unicodedata.normalize("NFC", text).strip()
    unit, start, end = finder.place(text)
    folded = fold(text)
    plain = _plain(f"{text[:start]} \uf8ff {text[end:]}" if unit else text)
    asks = _asks(text, plain)
    year = _YEAR.search(folded)
    terse = len(text) <= LONGEST_TERSE or (not answering and len(text) <= LONGEST_REQUEST and _requests(plain))
    heard = _intent(folded, plain, asks, terse)
    if not heard.intent and unit and unit.doubt and (said := _intent(folded, _plain(text), asks, terse)).intent:
        unit, heard, plain = NOTHING, said, _plain(text)  # “dl” is rather “deadline” than Đại Lãnh
    short = len(text) <= LONGEST_MENDED
    if not heard.intent and short and (keyed := _without_keystrokes(text)) != text:
        meant = understand(keyed, finder, codes, answering=answering)
        if meant.intent in EFFECTS and not answering:
            return replace(meant, intent="", sure=False, question=False, perhaps=(meant.intent,))
        if meant.intent not in EFFECTS | {""}:
            return replace(meant, sure=False)
    if (not heard.firm or _spoken(plain)) and not heard.stated and terse and (standard := _standard(plain)) != plain:
        would_ask = asks or _asks(text, standard)
        said = _intent("", standard, would_ask, terse)
        if said.intent and (said.firm or not heard.intent):
            heard = replace(said, sure=False, offered=said.intent in OPENS)
            asks, plain = would_ask, standard
    if not heard.intent and short and (mended := _mended(plain)) != plain:
        would_ask = asks or _asks(text, mended)
        said = _intent("", mended, would_ask, terse, coarse=asks)
        if said.intent:
            heard = replace(said, sure=False, firm=False, offered=said.intent in EFFECTS)
            asks, plain = would_ask, mended
    if not answering and not heard.firm and terse and (act := _act(plain, asks)) and (asks or not heard.intent):
        heard = replace(act, stated=act.stated and not asks)
    intent = heard.intent
    perhaps: tuple[str, ...] = ()
    known = heard.stated or (heard.firm and heard.intent in _OWN_WORDS)
    if (asks or not answering) and not known and _WORD.search(plain):
        intent, perhaps = _weighed(plain, heard, asks)
        if answering:
            perhaps = tuple(intent for intent in perhaps if intent not in OPENS)
    elif heard.offered:
        intent = ""
    return Understood(
        intent=intent,
        unit=unit or None,
        criterion=_criterion(folded, codes),
        year=int(year.group()) if year else None,
        what=_first(WHAT, plain) if {intent, *perhaps} & TOPICAL else None,
        period=_first(PERIOD, plain) if intent or perhaps else None,
        level=_first(LEVEL, plain) if intent or perhaps else None,
        sure=bool(intent) and heard.sure and intent == heard.intent,
        question=not heard.stated and (asks or (bool(intent) and heard.sure)),
        perhaps=perhaps,
    )


_WORD = re.compile(r"[a-z]{2}")


def likened(text: str, finder: UnitFinder) -> str:
    """The text as the classifier sees it: its words as the table sees them, in the words of no region."""
    text = unicodedata.normalize("NFC", text).strip()
    unit, start, end = finder.place(text)
    return _trimmed(_standard(_plain(f"{text[:start]} {_UNIT} {text[end:]}" if unit else text)))


def _weighed(plain: str, heard: _Heard, asks: bool) -> tuple[str, tuple[str, ...]]:
    """What the table and the classifier together make of the words: the intent, or else those to ask back about.

    An act is begun only where the table hears it; else it is offered.
    """
    weights = {o.intent: o.weight for o in classifier.shipped().opinions(_trimmed(_standard(plain)))}
    if heard.intent:
        weights[heard.intent] = weights.get(heard.intent, 0.0) + (FIRMLY if heard.firm else LOOSELY)
    ranked = sorted(weights.items(), key=lambda pair: -pair[1])
    if not ranked:
        return "", ()
    (best, weight), following = ranked[0], ranked[1][1] if len(ranked) > 1 else 0.0
    if asks and OPENS.get(best):
        ranked.insert(1, (OPENS[best], weight))
    begun = best == heard.intent and not heard.offered
    if weight >= CLEAR and weight - following >= AHEAD and (best not in OPENS or begun):
        return "" if best == classifier.NOTHING else best, ()
    if best == classifier.NOTHING and not asks:
        return "", ()
    worth = dict.fromkeys(intent for intent, w in ranked if intent != classifier.NOTHING and w >= WORTH_ASKING)
    return "", tuple(worth)[:MOST]


def period_in(name: str) -> str | None:
    """The part of the year that the name of a duty speaks of: “Báo cáo quý I” → q1."""
    return _first(PERIOD, _plain(name))


def _intent(folded: str, plain: str, asks: bool, terse: bool, *, coarse: bool = True) -> _Heard:
    """The first rule that fits; one that goes by a single word counts only after all others."""
    if not asks and _enters_points(folded):
        return _Heard("score.enter", sure=True, stated=True, firm=True)
    if not terse and not asks:
        return _Heard()
    spoken = (plain, *_without_courtesies(plain))
    for last_resort in (False, True) if coarse else (False,):
        for words in spoken:
            for intent, how, pattern in _rules():
                if how >= OFFERED:
                    continue
                if how >= COARSE if not last_resort else not how >= COARSE:
                    continue
                if asks if how >= STATED else (how >= ASKED and not asks):
                    continue
                if pattern.fullmatch(words) if how >= WHOLE else pattern.search(words):
                    sure, firm = not how >= UNSURE, not how >= UNSURE and not how >= COARSE
                    if asks and intent in OPENS:
                        return _Heard(OPENS[intent], bool(OPENS[intent]), firm=firm and bool(OPENS[intent]))
                    return _Heard(intent, sure, stated=how >= STATED, firm=firm)
    return _Heard()


def _act(plain: str, asks: bool) -> _Heard | None:
    """The act that is to be offered: named in loose words, or politely asked for (“… luôn được không”)."""
    if asks:
        polite = _POLITE.fullmatch(plain)
        if polite is None:
            return None
        plain = polite[1]
        said = _intent("", plain, False, True)
        if said.intent in OPENS:
            return replace(said, offered=True)
    for words in (plain, _standard(plain)):
        for intent, how, pattern in _rules():
            if how >= OFFERED and pattern.search(words):
                return _Heard(intent, offered=True)
    return None


def _requests(plain: str) -> bool:
    """Whether a longer text asks for something, if not in the form of a question."""
    return bool(_REQUEST.search(plain))


@lru_cache(maxsize=1)
def _rules() -> tuple[tuple[str, frozenset[str], re.Pattern[str]], ...]:
    return tuple((intent, how, re.compile("|".join(f"(?:{_spelt(p)})" for p in ps))) for intent, how, ps in RULES)


def _first(named: tuple[tuple[str, str], ...], plain: str) -> str | None:
    """The first name whose pattern is in the words."""
    return next((name for name, pattern in _named(named) if pattern.search(plain)), None)


@lru_cache(maxsize=8)
def _named(table: tuple[tuple[str, str], ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(_spelt(pattern))) for name, pattern in table)


@lru_cache(maxsize=1)
def _question() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{_spelt(pattern)})" for pattern in QUESTION))


def _spelt(pattern: str) -> str:
    """A pattern of the table as a regular expression."""
    pattern = pattern.replace(" … ", "(?: .*)? ")
    for _ in range(2):  # a fragment may hold another
        for name, meaning in FRAGMENTS.items():
            pattern = pattern.replace(name, meaning)
    return pattern


# ── the words as the table sees them

# “vướng mắc: …” says of itself what it is, whatever follows.
_TELLS = re.compile(
    r"\s*(?:[^\W\d_]+ ){0,4}?(?:vướng mắc|vuong mac|khó khăn|kho khan|góp ý|gop y|phản ánh|phan anh|kiến nghị|kien nghi|ý kiến|y kien)"
    r"(?: [^\W\d_]+){0,3} ?:\s*\S",
    re.IGNORECASE,
)

_LETTERS = re.compile(r"[^\W_]+")
_UNIT = "\uf8ff"  # a private character that survives folding
_DATE = re.compile(
    r"\b(?:ngay )?(?:\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?|\d{1,2} thang \d{1,2}(?: nam \d{4})?)\b(?![/.,-]?\d)"
)
# “KH 12908”, “CT 33”, “NĐ 91/2017”: another document. Not “03 TT 05 CN”, not “kế hoạch 2024”.
_DOCUMENT = re.compile(
    r"(?<!\d )\b(?:kh|ke hoach|ct|chi thi|nd|nghi dinh|qd|quyet dinh|hd|huong dan|tt|thong tu|cv|cong van|nq|nghi quyet"
    r"|kl|ket luan|ctr|chuong trinh|van ban|vb)(?: hanh dong| so| cua)* (?!20[2-4]\d\b)\d{1,5}(?:[/-](?!\d\d?\b)[a-z\d]+)*(?![\d%])"
)
# “đ” for điểm, where points are asked about.
_POINT_SHORT = re.compile(
    r"(?<=\bmay )d\b|(?<=\bnhieu )d\b|(?<=\bbnhiu )d\b|(?<=\bbn )d\b|(?<=\btong )d\b|(?<=\btong so )d\b"
)
# “kh” is không, but before these words kế hoạch.
_PLAN_SHORT = re.compile(r"\bkh(?= (?:nay|do|cua|huyen|tinh|so|nam|dan van|dvk|trien khai|ban hanh|den)\b)")
_YEAR = re.compile(r"(?<![\d/.-])20[2-4]\d(?!\d)|(?<=\d[/.-])20[2-4]\d(?!\d)")
_NUMERAL = "mot|hai|ba|bon|tu|nam|sau|bay|tam|chin|muoi"
_NUMERALS = dict(zip(_NUMERAL.split("|"), (1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10), strict=True))
_CRITERION = re.compile(
    rf"\b(?:tieu chi|tieu chuan|tchi|tc|muc|cau|dong|c)(?: (?:so|thu))? ?(?:0?(\d\d?)\b(?![.,/]\d)|(?<= )(?<!dong )(?<!cau )({_NUMERAL})\b(?! \d))"
)
_LOOSE = re.compile(r"(?<!\d)[^\w\s\uf8ff]|[^\w\s\uf8ff](?!\d)")


def _plain(text: str) -> str:
    """Folded, short forms written out, without punctuation; UNIT, TC, DATE, YEAR stand for what was recognised."""
    folded = _LETTERS.sub(lambda m: _read(m.group()), text).casefold()
    folded = _DOCUMENT.sub("DOC", _PLAN_SHORT.sub("ke hoach", " ".join(folded.split())))
    folded = _DATE.sub("DATE", _POINT_SHORT.sub("diem", folded))
    folded = _CRITERION.sub("TC", folded)
    folded = _YEAR.sub("YEAR", folded)
    words = _LOOSE.sub(" ", folded).replace(_UNIT, "UNIT").replace("nhiu do thoi", "vay thoi").split()
    # “đk” after “đủ” is điều kiện, elsewhere đăng ký; “đầu” is a word of its own only in “bắt đầu”.
    plain = " ".join(words).replace("du dk", "du dieu kien").replace("bat dau_", "bat dau")
    return " ".join(SHORT.get(word, word) for word in plain.split())


@lru_cache(maxsize=20_000)
def _read(word: str) -> str:
    """The word folded; with a “_” at its end where its diacritics make it another word than those the table means."""
    said = REGIONAL.get(word.casefold())
    if said is not None:
        return said
    folded = fold(word)
    spellings = _spellings().get(folded)
    marks = _marks(word)
    if not spellings or not marks:
        return folded
    if folded == "dau" and "đ" not in marks:  # “dâu”, “dầu” are crops; who writes marks writes the đ of “đâu”
        return folded + "_"
    return folded if any(marks <= spelling for spelling in spellings) else folded + "_"


@lru_cache(maxsize=1)
def _spellings() -> dict[str, list[frozenset[str]]]:
    spellings: dict[str, list[frozenset[str]]] = {}
    for word in SPELT.split():
        spellings.setdefault(fold(word), []).append(_marks(word))
    return spellings


def _marks(word: str) -> frozenset[str]:
    """The diacritics of a word; hỏi and ngã count as one, for half the country writes them alike."""
    decomposed = unicodedata.normalize("NFD", word.casefold())
    marks = {"\u0309" if c == "\u0303" else c for c in decomposed if unicodedata.combining(c)}
    return frozenset(marks | ({"đ"} if "đ" in decomposed or "ð" in decomposed else set()))


_BEFORE = re.compile(
    r"(?:(?:kinh )?(?:gui|thua|bao cao|trinh)(?: (?:dong chi|cac dong chi|anh|chi|lanh dao|ban|em|thuong truc))+|kinh bao cao|kinh (?:gui|thua)|(?:dong chi|anh|chi|em|ban|chau|bac|chu|co)(?= cho (?:\w+ )?hoi)|xin (?:dong chi|anh|chi)|nho dong chi|dong chi|a u|u|ua|oi|hoi ngu ti|hoi ti|ad|da|vang|chau|bac|chu|(?:anh|chi|em|toi|minh)(?= (?:muon|can|xin|co|phai|dinh|hoi) )|u|um|uh|ok|oke|thua|the|vay|e|oi|alo|hello|hi|xin chao|chao|xin loi"
    r"|(?:bot|kheo|ban|ad|admin|em|anh|chi|anh chi|dong chi|cac ban|tro ly)(?: oi| a)?"
    r"|(?:xin |vui long |lam on |nho |de nghi |phien |hay |muon |toi |minh |em |chung toi )*cho(?: (?:toi|minh|em|bac|anh|chi|chu|co|xa|chung toi|phep))* (?:hoi|biet|hay)"
    r"|(?:toi |minh |em |chung toi )(?:muon |can |xin )*(?:hoi|biet)"
    r"|xin hoi|hoi|cho xin|xin|de nghi(?= giai thich| xem| cho xem| cho biet| huong dan| cung cap| gui| xuat| in\b| bao\b)|vui long|lam on|nho|cho (?:toi |minh |em )?(?=xem|coi)|(?:muon |can )(?=xem|biet|hoi)"
    r"|(?:chut|ty|ti|them|la|ve|rang|thu|bot))(?: |$)(?!dong |nong |phu |cuu |nao|kiem)"
    r"|(?:cho|muon|can) (?:toi |minh |em |xa )?(?=(?:xem|coi) )"
)
_AFTER = re.compile(
    r" (?:bay|giup (?:dong chi|anh|chi|bac|chu)|gium (?:em|toi)|ne|hi|he|cung|coi|do|nghen|r|roi do|nha ad|dong chi cho y kien|de nghi huong dan|cho xin|chau|bac|chu|con|a|ah|ak|v|ne|nhen|nghe|lan|ta|nhe|nha|nhi|voi|giup|gium|giup (?:toi|minh|em|xa)(?: voi)?|di|ha|hen|nghen|vay|the|day|do|ban|bot|ad|kheo|anh|chi|em"
    r"|dong chi|cam on|thanks|tks|luon|please|pls|oi|nua|anh chi|cac ban|hien nay|hien tai|bay gio)$"
)


def _without_courtesies(plain: str) -> list[str]:
    """Without those in front, then without one after the other at the end; no more than there is, and never empty.

    Each is tried, for what ends like a courtesy may be none: “tiến độ” is not “tiến” with a “đó”.
    """
    begun = plain
    while (m := _BEFORE.match(plain)) and m.end() < len(plain):
        plain = plain[m.end() :]
    shorter = [plain] if plain != begun else []
    while m := _AFTER.search(plain):
        plain = plain[: m.start()]
        shorter.append(plain)
    return shorter


def _trimmed(plain: str) -> str:
    """Without the courtesies at both ends; never empty."""
    return [plain, *_without_courtesies(plain)][-1]


# ── is it a question?

_ASKING_END = re.compile(r"(?:\?|(?<!\w)(?:à|hả|nhỉ|hở|ư|chăng|vậy|thế ạ))[\s.!?)”\"]*$")
_SLOGAN = re.compile(r"^(?:khi nao|bao gio|o dau|dau|ai|sao)\b")


def _asks(text: str, plain: str) -> bool:
    """Whether the text has the form of a question."""
    if _ASKING_END.search(text.casefold()):
        return True
    if len(text) > LONGEST_TERSE and not _BEFORE.match(plain):
        return False
    if _SLOGAN.match(plain) and "," in text:  # “Khi nào dân cần, khi đó có cán bộ” is the name of a model
        return False
    return bool(_question().search(plain)) or bool(_question().search(_trimmed(plain)))


_POLITE = re.compile(
    r"(.*?\b(?:muon|luon|mo|cho|xin|gio|bay gio|giup|can)\b.*?)(?: thi)?(?: co)? duoc (?:khong|chua)(?: (?:a|ad|em|anh|chi|vay|nhi|ha))*"
)
_REQUEST = re.compile(
    r"^(?:{c} )*(?:xin|de nghi|cho|nho|mong|ra|tong hop|dong chi|kinh|vui long|muon)\b|\b(?:xin|de nghi|nho|muon|giup|dong chi|cho (?:toi|em|anh|chi|minh|bac|{c}))\b".replace(
        "{c}", "(?:toi|em|anh|chi|minh|bac|chu)"
    )
)

# ── a criterion, and points

# “14”, “13,5”, “14/15”, “13 rưỡi”, “tối đa”: points as people type them; “45 hộ”, “2024”, “15/2” are none.
_POINTS = (
    r"(?:toi da|full|max|du diem|\d{1,3}(?:[.,]\d{1,2})?(?![\d,.]*\d)(?: ?/ ?\d{1,3})?(?: ?(?:ruoi|d|diem)\b)*)"
    r"(?! ?(?:%|phan tram|thang|nam|ngay|ho|hoi|trieu|ty|nguoi|lan|buoi|thon|xa|tap|ca|to|lop|diem)\b)"
)
_ROW = (
    r"(?:tieu chi|tieu chuan|tc|muc|cau|dong|c)(?: so)? ?\d{1,2}(?: ?[:=\-] ?| )(?:la |duoc |cho |cham |dat |thanh )?"
)
_LEAD = r"(?:(?:tu )?cham |cho |nhap |sua |doi |lai |ghi |diem |toi |minh |xa )*"
_ENTRIES = re.compile(rf"{_LEAD}{_ROW}{_POINTS}(?:[ ,;.]+(?:va |con )?{_ROW}{_POINTS})*[ .,;]*(?:nhe|a|nha|luon)?")
# A score with its evidence: “tc1 14 45 hộ dự họp”.
_FIRST_ENTRY = re.compile(rf"{_LEAD}(?:tieu chi|tc) ?\d{{1,2}}(?: ?[:=] ?| ){_POINTS}(?=[ ,;]|$)")
_HOW_MANY = re.compile(
    r"\b(?:may|bao nhieu|nhieu|bn|bnhiu|gi|the nao|ntn|sao|khong|chua)$|\b(?:may|bao nhieu|bn|bnhiu) ?(?:d|diem)\b"
)
_FIGURE = re.compile(rf"{_ROW}(\d{{1,3}}(?:[.,]\d{{1,2}})?)(?: ?/ ?(\d{{1,3}}))?")


def _enters_points(folded: str) -> bool:
    if _HOW_MANY.search(folded):
        return False
    entry = _ENTRIES.fullmatch(folded) or _FIRST_ENTRY.match(folded)
    if not entry:
        return False
    figures = [(Decimal(m[1].replace(",", ".")), Decimal(m[2] or HIGHEST)) for m in _FIGURE.finditer(entry.group())]
    return all(points <= maximum <= HIGHEST for points, maximum in figures)


def _criterion(folded: str, codes: Sequence[str]) -> str | None:
    """The first criterion that is named, as its code is printed."""
    for m in _CRITERION.finditer(folded):
        number = int(m[1]) if m[1] else _NUMERALS[m[2]]
        for code in codes:
            if code.isdigit() and int(code) == number:
                return code
    return None


# ── typing mistakes

_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnpqrstvx])?"
    r"(?:uye|uya|uyu|oai|oay|oeo|uay|uoi|uou|ieu|yeu|ie|ye|ua|uo|uu|uy|ue|ui|oa|oe|oi|oo|eo|eu|ia|iu|ai|ao|au|ay|[aeiouy])"
    r"(?:ch|ng|nh|[cmnpt])?"
)


@lru_cache(maxsize=1)
def _regional() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(_spelt(pattern)), said) for pattern, said in REGIONAL_PERHAPS)


def _standard(plain: str) -> str:
    """With the words of the regions as the table says them."""
    for pattern, said in _regional():
        plain = pattern.sub(said, plain)
    return " ".join(plain.split())


def _spoken(plain: str) -> bool:
    """Whether several words are of a region, so that the others are heard as there too."""
    return len(set(_standard(plain).split()) - set(plain.split())) > 1


_DOUBLED = re.compile(r"([aeod])\1|w")
_TONE_KEY = re.compile(r"(?<=[aeiouy])([a-z]*)[sfrxj]")


def _without_keystrokes(text: str) -> str:
    """What was typed in Telex while the keyboard was set to plain letters: “ddieerm xax” → “diem xa”."""
    return _LETTERS.sub(lambda m: _without_telex(m.group()), text)


def _without_telex(word: str) -> str:
    folded = word.casefold()
    if not folded.isascii() or not folded.isalpha() or _SYLLABLE.fullmatch(folded) or folded in SHORT:
        return word
    bare = _DOUBLED.sub(lambda m: m[1] or "", folded)
    for candidate in (bare, _TONE_KEY.sub(r"\1", bare, count=1)):
        if _SYLLABLE.fullmatch(candidate):
            return candidate
    return word


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[tuple[str, ...], frozenset[str], dict[str, tuple[str, ...]]]:
    """The words of the table: all, the same as a set, and which of them follow which."""
    follows: dict[str, set[str]] = {}
    words: set[str] = set()
    for _, _, patterns in RULES:
        for run in re.findall(r"[a-z]{2,}(?: [a-z]{2,})*", " ".join(_literal(p) for p in patterns)):
            sequence = run.split()
            words.update(word for word in sequence if len(word) > 2)
            for before, after in pairwise(sequence):
                follows.setdefault(before, set()).add(after)
    return tuple(sorted(words)), frozenset(words), {before: tuple(after) for before, after in follows.items()}


def _literal(pattern: str) -> str:
    return re.sub(r"\\.|\{\w+\}|[^a-z ]+", "|", _spelt(pattern)).replace("|", " | ")


def _mended(plain: str) -> str:
    """With the nearest word of the table in place of what is no Vietnamese syllable or spoils a known pair of words."""
    words, known, follows = _vocabulary()
    tokens = plain.split()
    for i, token in enumerate(tokens):
        if token in known or len(token) < 2 or not token.isalpha() or token.isupper():
            continue
        pool: Sequence[str] = follows.get(tokens[i - 1], ()) if i else ()
        after = tokens[i + 1] if i + 1 < len(tokens) else ""
        pool = [*pool, *(before for before, later in follows.items() if after in later)]
        if not _SYLLABLE.fullmatch(token) and len(token) > 2:
            pool = [*pool, *words]
        near = process.extractOne(token, [w for w in pool if len(w) > 1], scorer=OSA.distance, score_cutoff=1)
        if near:
            tokens[i] = near[0]
    return " ".join(tokens)
