"""Finding a unit by what people type: without diacritics, abbreviated, misspelt a little – and never a wrong one."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.vietnamese import fold

OFFERED = 5
"""At most so many units are offered when asking back: more cannot be told apart on a phone."""
LONGEST_NAME = 12
"""In words. What is longer than this is a sentence, not the name of a unit."""
LONG_KEY = 7
"""From so many letters on, a name two letters off is worth asking about; in a shorter one it is another name."""
SQUEEZED = 6
"""A name of several words typed as one (“vanhung”) must have so many letters to be looked for inside a sentence."""


def _listed(words: str) -> frozenset[str]:
    """What stands between the commas."""
    return frozenset(word.strip() for word in words.split(","))


# The words that stand before the name of a unit, folded, as people write and shorten them.
_LEVELS = {
    "xa": "xa",
    "x": "xa",
    "thi tran": "thi tran",
    "tt": "thi tran",
    "phuong": "phuong",
    "p": "phuong",
    "huyen": "huyen",
    "h": "huyen",
    "quan": "quan",
    "q": "quan",
    "thi xa": "thi xa",
    "tx": "thi xa",
    "thanh pho": "thanh pho",
    "tp": "thanh pho",
    "tinh": "tinh",
    "dac khu": "dac khu",
}
_WRITTEN_LEVELS = frozenset({"xã", "thị trấn", "phường", "huyện", "quận", "thị xã", "thành phố", "tỉnh", "đặc khu"})
# Who speaks for the unit is the unit: “UBND xã Vạn Hưng”.
_OFFICES = ("uy ban nhan dan", "ubnd", "ub", "don vi")
# Places below a unit that may bear its name: “thôn Xuân Sơn” is not the commune.
_HAMLETS = frozenset({"thon", "ap", "buon", "lang", "khom", "khu pho", "dan pho", "doi"})
# “Nguyễn Văn Thắng” is a person. Without diacritics only those that are no other everyday word.
_FAMILY_NAMES = _listed(
    "nguyễn, nguyen, trần, phạm, pham, huỳnh, huynh, bùi, bui, đặng, ngô, võ, lê, đỗ, hồ, phan, dương, đinh, "
    "hoàng, trịnh"
)
# Before a family name: “ong le van binh”.
_TITLES = frozenset({"ong", "ba", "anh", "chi", "co", "chu", "em"})
# Everyday words one letter away from the name of some unit: “van dong” is vận động, not Vạn Long.
_EVERYDAY = _listed(
    fold(
        "vận động, vận dụng, vận hành, vận tải, vận chuyển, vận may, vận mệnh, vận nước, vận thôn, vận xã, vận "
        "khéo, văn minh, văn hóa, văn bản, văn phòng, văn kiện, văn nghệ, văn học, văn thư, văn bằng, văn nhân, văn "
        "chương, văn hay, vấn đề, vấn đáp, vẫn còn, vẫn chưa, vẫn được, vẫn dùng, vẫn đang, vẫn không, vẫn tốt, vẫn "
        "chung, vẫn hơn, vẫn theo, vẫn thế, vạn phần, vạn vật, vạn sự, vạn đồng, xuân này, xuân sang, xuân về, xuân "
        "đến, an ninh, đại hội, đại biểu, đại diện, đại đoàn, cần những, cần giấy, cần thủ, gồm những"
    )
)
# “van thang 9” is “vẫn tháng 9”.
_AFTER_MONTH = frozenset([*(str(n) for n in range(1, 13)), *(f"0{n}" for n in range(1, 10)), "nay", "truoc", "nao"])
# Short words of everyday that are nobody's initials.
_NOT_INITIALS = _listed(
    "tt, cn, hd, kh, ct, bc, hs, tc, dv, dk, dc, bn, ko, kg, mh, mc, tl, bh, nv, cv, qd, nd, cb, cc, vc, sl, ok, vs, dt"
)

# The words that follow “xã”, “huyện” … where no unit is named: “điểm của thị trấn rồi em”.
_NO_NAMES = _listed(
    "toi, minh, em, ta, chung, anh, chi, bac, chu, co, con, cua, ben, nao, nay, kia, ay, ni, do, day, "
    "moi, cac, may, bao, nhieu, gi, sao, rang, the, da, dang, se, chua, duoc, dc, khong, k, ko, hong, va, "
    "voi, thi, la, ma, roi, r, nhe, hi, hien, gio, ve, den, trong, ngoai, khac, cung, van, deu, len, "
    "xuong, nop, gui, cham, bi, can, phai, muon, hoi, xem, lam, thuoc, theo, tu, cho"
)

_WORD = re.compile(r"[^\W_]+")
# “xã Vạn Hưng cũ”: without its mark only where nothing follows, for “cu” is a small word, too.
_FORMER = re.compile(r"\bcu$|\btruoc (?:khi |luc |ngay )?(?:sap nhap|hop nhat|chia tach|sap xep)\b")
_WAS = re.compile(r"\bcũ\b")
_BEFORE_DAY = re.compile(r"\btruoc (?:ngay )?(\d{1,2}) (\d{1,2}) (\d{4})\b")


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """A unit as it can be looked up: `name` with its level (“xã Vạn Hưng”), `parent` the name of the unit above.

    `higher` are the names of those above that, `since` its first day and `until` its last, where they are known.
    """

    id: int
    code: str
    name: str
    kind: str
    parent: str = ""
    aliases: tuple[str, ...] = ()
    higher: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The unit that was meant (`one`), or those among which to ask back (`several`, at most OFFERED), or nothing.

    `doubt` holds the typed words that could be read as something else (“VH”): ask even when `several` has one unit.
    `more` is the number of units that were left off `several`.
    """

    one: UnitEntry | None = None
    several: tuple[UnitEntry, ...] = ()
    doubt: str = ""
    more: int = 0

    def __bool__(self) -> bool:
        return self.one is not None or bool(self.several)


NOTHING = Found()


@dataclass(frozen=True, slots=True)
class _Word:
    typed: str
    folded: str
    marks: frozenset[str]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Name:
    """One way to call an entry; `level` is the folded level word, empty where any level may stand before it."""

    entry: UnitEntry
    level: str
    key: str
    syllables: tuple[str, ...]
    marks: tuple[frozenset[str], ...]


_Scored = tuple[int, _Name]


class UnitFinder:
    """An index over the units; built once, asked often. Takes tens of microseconds for a name that is typed right."""

    def __init__(self, entries: Iterable[UnitEntry]) -> None:
        self._by_key: dict[str, list[_Name]] = defaultdict(list)
        self._by_code: dict[str, UnitEntry] = {}
        self._by_initials: dict[str, list[_Name]] = defaultdict(list)
        self._by_short: dict[str, list[_Name]] = defaultdict(list)
        lengths: dict[int, set[str]] = defaultdict(set)
        firsts: dict[str, set[str]] = defaultdict(set)
        self._longest = 1
        for entry in entries:
            if entry.code:
                self._by_code[fold(entry.code)] = entry
            for own, text in [(True, entry.name), *((False, alias) for alias in entry.aliases)]:
                name = _name(entry, text, own)
                if name is None:
                    continue
                levels = {n.level for n in self._by_key.get(name.key, ()) if n.entry is entry}
                if levels and name.level in {"", *levels}:  # “phường Tu Bông” that was “xã Tu Bông” is called both
                    continue
                self._by_key[name.key].append(name)
                lengths[len(name.key)].add(name.key)
                firsts[name.syllables[0]].add(name.key)
                self._longest = max(self._longest, len(name.syllables))
                if 1 < len(name.syllables) < 4:
                    self._by_initials["".join(s[0] for s in name.syllables)].append(name)
                    short = "".join(s[0] for s in name.syllables[:-1]) + name.syllables[-1]
                    self._by_short[short].append(name)
        self._by_length = {length: tuple(keys) for length, keys in lengths.items()}
        self._by_first = {first: tuple(keys) for first, keys in firsts.items()}

    def find(self, text: str) -> Found:
        """The unit whose name (or code) the whole text is."""
        text = unicodedata.normalize("NFC", text)
        words = _words(text)
        if not words or len(words) > LONGEST_NAME:
            return NOTHING
        by_code = self._by_code.get(fold(text))
        if by_code is not None:
            return Found(one=by_code)
        readings = self._readings(words)
        for level, rest in readings:
            exact = self._exact(rest)
            if any(cost == 0 for cost, _ in exact):
                return _resolve(exact, level, text)
        for level, rest in readings:
            for cut in range(1, len(rest)):
                within = self._within(rest[:cut], _bare([w.folded for w in rest[cut:]])[1])
                if within:
                    return _resolve(within, level, text)
        for level, rest in readings:
            short = "".join(w.folded for w in rest)
            if short in self._by_initials:
                return _resolve([(0, n) for n in self._by_initials[short]], level, text, doubt=text.strip().upper())
            if short in self._by_short:
                return _resolve([(0, n) for n in self._by_short[short]], level, text)
        level, rest = readings[-1]
        if " ".join(w.folded for w in rest) in _EVERYDAY:
            return NOTHING
        return _resolve(self._near(rest, everywhere=True, furthest=2), level, text)

    def spot(self, sentence: str) -> Found:
        """The unit that is named anywhere in the sentence; two different ones are `several`."""
        return self.place(unicodedata.normalize("NFC", sentence))[0]

    def unknown(self, sentence: str) -> bool:
        """Whether the sentence ends with what reads like the name of a unit that is not known: “điểm huyện Ninh Hải”."""
        words = [w.folded for w in _words(unicodedata.normalize("NFC", sentence))]
        for at in range(len(words)):
            level, rest = _bare(words[at:])
            if level and len(words[at]) > 1 and 2 <= len(rest) <= 3:
                return not any(word in _NO_NAMES for word in rest) and not self.spot(sentence)
        return False

    def place(self, sentence: str) -> tuple[Found, int, int]:
        """`spot`, and from where to where in the sentence (in NFC) the name stands, its level word included."""
        words = _words(sentence)
        hits = self._exact_hits(sentence, words) or self._near_hits(sentence, words)
        if hits:
            return _together(hits)
        for i, word in enumerate(words):
            if self._reads_as_initials(words, i):
                _, begin = _level_before(words, i)
                found = _resolve(
                    [(0, n) for n in self._by_initials[word.folded]], "", sentence, doubt=word.typed.upper()
                )
                if found:
                    return found, words[begin].start, word.end
        return NOTHING, 0, 0

    def _readings(self, words: Sequence[_Word]) -> list[tuple[str, Sequence[_Word]]]:
        """The name as typed, then without what people put before it: an office, a level word. (Level, words left.)"""
        readings: list[tuple[str, Sequence[_Word]]] = [("", words)]
        folded = [w.folded for w in words]
        for office in _OFFICES:
            size = office.count(" ") + 1
            if len(words) > size and " ".join(folded[:size]) == office:
                words, folded = words[size:], folded[size:]
                readings.append(("", words))
                break
        level, rest = _bare(folded)
        if level:
            readings.append((level, words[len(words) - len(rest) :]))
        return readings

    def _exact(self, words: Sequence[_Word]) -> list[_Scored]:
        """Names with these letters; cost 1 where the typed diacritics belong to another word."""
        key = "".join(w.folded for w in words)
        names = self._by_key.get(key, [])
        if not names and len(words) > 1 and words[0].folded == "p":  # P. Nội vụ: phòng, not phường
            names = self._by_key.get("phong" + key[1:], [])
            return [(0, name) for name in names]
        scored = [(int(_against(words, name)), name) for name in names]
        if len(scored) > 1 and any(w.marks for w in words):
            same = [(0, name) for name in names if tuple(w.marks for w in words) == name.marks]
            return same or scored
        return scored

    def _within(self, words: Sequence[_Word], parent: Sequence[str]) -> list[_Scored]:
        key = "".join(parent)
        return [(cost, n) for cost, n in self._exact(words) if cost == 0 and key in _above_keys(n.entry)]

    def _near(self, words: Sequence[_Word], *, everywhere: bool, furthest: int) -> list[_Scored]:
        """Names a letter or two off. `everywhere`: among all names, else among those with the same first word."""
        key = "".join(w.folded for w in words)
        furthest = min(furthest, 2 if len(key) >= LONG_KEY else 1)
        if len(key) < LONG_KEY - 2:
            return []
        if everywhere:
            near = range(len(key) - furthest, len(key) + furthest + 1)
            pools = [self._by_length[length] for length in near if length in self._by_length]
        else:
            pools = [self._by_first.get(words[0].folded, ())]
        scored: list[_Scored] = []
        for pool in pools:
            for other, distance, _ in process.extract(
                key, pool, scorer=OSA.distance, score_cutoff=furthest, limit=None, processor=None
            ):
                for name in self._by_key[other]:
                    cost = int(distance) + _against(words, name)
                    if cost <= furthest:
                        scored.append((cost, name))
        return scored

    def _exact_hits(self, sentence: str, words: Sequence[_Word]) -> list[tuple[Found, int, int]]:
        hits: list[tuple[Found, int, int]] = []
        i = 0
        while i < len(words):
            size = min(self._longest, len(words) - i)
            while size:
                found, begin = self._hit(sentence, words, i, i + size)
                if found:
                    hits.append((found, words[begin].start, words[i + size - 1].end))
                    break
                size -= 1
            i += max(size, 1)
        return hits

    def _hit(self, sentence: str, words: Sequence[_Word], i: int, j: int) -> tuple[Found, int]:
        window = words[i:j]
        scored = self._exact(window)
        if not scored and len(window[0].folded) == 1 and sentence[window[0].end : window[0].end + 1] == ".":
            scored = [(0, name) for name in self._by_short.get("".join(w.folded for w in window), ())]
        if not scored:
            return NOTHING, i
        level, begin = _level_before(words, i)
        if len(window) == 1:
            several_words = [s for s in scored if len(s[1].syllables) > 1 and len(s[1].key) >= SQUEEZED]
            alone = [s for s in scored if len(s[1].syllables) == 1 and (level or s[1].level == "")]
            scored = several_words + alone
        if not level:
            scored = [s for s in scored if not _other_word(words, i, j, s[1])]
        if not scored or _below_unit(words, i):
            return NOTHING, i
        if all(cost for cost, _ in scored):
            scored += self._near(window, everywhere=False, furthest=1)
        return _resolve(scored, level, sentence, typed=" ".join(w.typed for w in words[begin:j])), begin

    def _near_hits(self, sentence: str, words: Sequence[_Word]) -> list[tuple[Found, int, int]]:
        for i in range(len(words)):
            level, begin = _level_before(words, i)
            if (not level and words[i].folded not in self._by_first) or _below_unit(words, i):
                continue
            # An abbreviation, or “xa” that may mean “far”, is weak evidence that a name follows: one letter off only.
            sure = bool(level) and (len(words[begin].folded) > 2 or bool(words[begin].marks))
            for size in (2, 3, 1):
                window = words[i : i + size]
                if len(window) < size or (size == 1 and (not level or len(window[0].folded) < SQUEEZED)):
                    continue
                if " ".join(w.folded for w in window[:2]) in _EVERYDAY or any(w.folded.isdigit() for w in window):
                    continue
                scored = self._near(window, everywhere=bool(level), furthest=2 if sure else 1)
                if not level:
                    scored = [s for s in scored if not _other_word(words, i, i + size, s[1])]
                scored = [s for s in scored if len(s[1].syllables) == size or size == 1]
                found = _resolve(scored, level, sentence, typed=" ".join(w.typed for w in words[begin : i + size]))
                if found:
                    return [(found, words[begin].start, window[-1].end)]
        return []

    def _reads_as_initials(self, words: Sequence[_Word], i: int) -> bool:
        word = words[i]
        if not 2 <= len(word.folded) <= 3 or word.marks or word.folded in _NOT_INITIALS:
            return False
        if word.folded not in self._by_initials:
            return False
        capitals = word.typed.isupper() and not all(w.typed.isupper() for w in words if w.typed.isalpha())
        return capitals or i in (0, len(words) - 1) or bool(_level_before(words, i)[0])


def _letters(word: str) -> str:
    """Small letters; “Ð” (U+00D0), which looks the same, as “đ”."""
    return word.casefold().replace("ð", "đ")


def _words(text: str) -> list[_Word]:
    return [_Word(m.group(), *_folded(m.group()), m.start(), m.end()) for m in _WORD.finditer(text)]


@lru_cache(maxsize=20_000)
def _folded(word: str) -> tuple[str, frozenset[str]]:
    """The word folded, and its marks wherever they stand in it, so that “hòa” and “hoà” are the same."""
    decomposed = unicodedata.normalize("NFD", _letters(word))
    marks = {c for c in decomposed if unicodedata.combining(c)}
    if any(c in "đð" for c in decomposed):
        marks.add("đ")
    return fold(word), frozenset(marks)


def _bare(folded: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The level word at the beginning (folded, in full) and the rest; the rest is never empty."""
    for size in (2, 1):
        level = _LEVELS.get(" ".join(folded[:size]))
        if level and len(folded) > size:
            return level, folded[size:]
    return "", folded


def _name(entry: UnitEntry, text: str, own: bool) -> _Name | None:
    words = _words(unicodedata.normalize("NFC", text))
    if not words:
        return None
    level, rest = "", words
    # Diacritics tell “quận” from “Quán”: an entry is written properly, so its level word must be, too.
    for size in (2, 1):
        head = " ".join(_letters(w.typed) for w in words[:size])
        if head in _WRITTEN_LEVELS and len(words) > size:
            level, rest = fold(head), words[size:]
            break
    return _Name(
        entry=entry,
        level=level or ("" if not own else _LEVELS.get(fold(entry.kind), "")),
        key="".join(w.folded for w in rest),
        syllables=tuple(w.folded for w in rest),
        marks=tuple(w.marks for w in rest),
    )


@lru_cache(maxsize=5_000)
def _parent_key_of(parent: str) -> str:
    return "".join(_bare(fold(parent).split())[1])


def _inside(entry: UnitEntry, squeezed: str) -> bool:
    """Whether something that stands above it is named there."""
    nearest = _parent_key_of(entry.parent)
    if nearest and nearest in squeezed:
        return True
    return bool(entry.higher) and any(_parent_key_of(name) in squeezed for name in entry.higher)


def _above_keys(entry: UnitEntry) -> tuple[str, ...]:
    """How the units above are called, as `_Name.key`."""
    return tuple(_parent_key_of(name) for name in (entry.parent, *entry.higher) if name)


def _against(words: Sequence[_Word], name: _Name) -> bool:
    """Whether the typed diacritics speak against the name. Missing ones do not."""
    if len(words) == len(name.marks):
        return any(not word.marks <= marks for word, marks in zip(words, name.marks, strict=True))
    return not frozenset().union(*(w.marks for w in words)) <= frozenset().union(*name.marks)


def _other_word(words: Sequence[_Word], i: int, j: int, name: _Name) -> bool:
    """Whether the words, with no level word before them, are more likely everyday words or a person."""
    first, last = words[i], words[j - 1]
    if not first.marks <= name.marks[0] and j - i == len(name.marks):
        return True  # “văn thắng”, “vận thôn”
    before = words[i - 1] if i else None
    if before is not None and not first.marks:
        if before.folded == "dan" and first.folded == "van":
            return True
        front = i > 1 and words[i - 2].folded == "mat"  # “mat tran van hung”: Mặt trận, not Mr Trần
        titled = i > 1 and words[i - 2].folded in _TITLES
        if titled or (before.typed.casefold() in _FAMILY_NAMES and not front):
            return True
    after = words[j] if j < len(words) else None
    return bool(after and last.folded == "thang" and not last.marks and after.folded in _AFTER_MONTH)


def _level_before(words: Sequence[_Word], i: int) -> tuple[str, int]:
    """The level word before the i-th word (folded, in full) and where it begins; ("", i) if there is none."""
    for size in (2, 1):
        if i < size:
            continue
        level = _LEVELS.get(" ".join(w.folded for w in words[i - size : i]))
        after_number = i - size > 0 and words[i - size - 1].folded.isdigit()
        written = " ".join(_letters(w.typed) for w in words[i - size : i])
        if any(w.marks for w in words[i - size : i]) and written not in _WRITTEN_LEVELS:  # “quản an ninh”
            continue
        if level and not (size == 1 and words[i - 1].folded == "tt" and after_number):  # “03 TT”: tập thể
            return level, i - size
    return "", i


def _below_unit(words: Sequence[_Word], i: int) -> bool:
    before = [w.folded for w in words[max(i - 2, 0) : i]]
    return bool(before) and (before[-1] in _HAMLETS or " ".join(before) in _HAMLETS)


def _resolve(scored: Sequence[_Scored], level: str, sentence: str, *, typed: str = "", doubt: str = "") -> Found:
    """The nearest unit if it is alone; otherwise what to ask about."""
    if not scored:
        return NOTHING
    best = min(cost for cost, _ in scored)
    names = [name for cost, name in scored if cost == best]
    if level:
        fitting = [name for name in names if name.level in (level, "")]
        if not fitting:  # “P. Vạn Giã”, and Vạn Giã is a town: ask, rather than believe or deny it
            doubt = doubt or (typed or sentence).strip()
        names = fitting or names
    entries = list({name.entry.id: name.entry for name in names}.values())
    if len(entries) > 1:
        squeezed = "".join(w.folded for w in _words(sentence))
        inside = [e for e in entries if _inside(e, squeezed)]
        entries = _of_the_time(inside or entries, sentence)
    if best > 1 and not doubt:
        doubt = (typed or sentence).strip()
    if len(entries) == 1 and not doubt:
        return Found(one=entries[0])
    return Found(several=tuple(entries[:OFFERED]), doubt=doubt, more=max(len(entries) - OFFERED, 0))


def _of_the_time(entries: list[UnitEntry], sentence: str) -> list[UnitEntry]:
    """Of namesakes those of the time that the sentence names: “xã Vạn Hưng cũ”, “… trước khi sáp nhập”, “… trước 01/7/2025”."""
    begins = {e.since for e in entries if e.since is not None}
    if not begins:
        return entries
    said = unicodedata.normalize("NFC", sentence).casefold()
    folded = " ".join(w.folded for w in _words(sentence))
    days = {date(int(y), int(m), int(d)) for d, m, y in _BEFORE_DAY.findall(folded) if _is_day(int(y), int(m), int(d))}
    if not (_FORMER.search(folded) or _WAS.search(said) or days & begins):
        return entries
    return [e for e in entries if e.until is not None and any(e.until < begin for begin in begins)] or entries


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _together(hits: Sequence[tuple[Found, int, int]]) -> tuple[Found, int, int]:
    """One answer from all the names in a sentence; a unit named only to say where another lies is left out."""
    named = [unit for found, _, _ in hits for unit in ((found.one,) if found.one else found.several)]
    parents = {key for unit in named for key in _above_keys(unit)}
    kept = [
        hit
        for hit in hits
        if not (hit[0].one and "".join(_bare(fold(hit[0].one.name).split())[1]) in parents and len(hits) > 1)
    ] or list(hits)
    start, end = kept[0][1], kept[0][2]
    units = list({u.id: u for found, _, _ in kept for u in ((found.one,) if found.one else found.several)}.values())
    doubt = next((found.doubt for found, _, _ in kept if found.doubt), "")
    if len(units) == 1 and not doubt:
        return Found(one=units[0]), start, end
    more = sum(found.more for found, _, _ in kept) + max(len(units) - OFFERED, 0)
    return Found(several=tuple(units[:OFFERED]), doubt=doubt, more=more), start, end
