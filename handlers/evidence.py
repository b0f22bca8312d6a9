"""Files that are sent: into which rows they go, and one acknowledgement for all photos of an album."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.chat import File, Reply
from bot.errors import NotAllowed
from bot.forms.answers import Item, item_to_json
from bot.forms.reading import rows_in, several
from bot.plan.questions import Question
from bot.store import outbox, unwanted
from bot.texts import mark
from bot.turn import Turn
from handlers.filling import (
    NOTED,
    RECEIVED,
    RECEIVED_FOR,
    Open,
    ask_again,
    ask_whether,
    files_here,
    items_of,
    note,
    opened,
    place,
    proof_for,
    proof_of,
    question_of,
    stay,
    take_several,
)

COUNTED = ("photo", "document", "other")
MORE_RECEIVED = mark("{more} more received; {what} together.")
UNUSED = {
    "no place": mark(
        "The file was not used: no form is open. Please open the scorecard with /tucham, then send it again."
    ),
    "no row": mark(
        "The file was not used: it is not clear which criterion it belongs to. Please send it again with the row as its "
        "caption, e.g. “TC03”, or choose “Edit…” first."
    ),
    "no files here": mark(
        "The file was not used: this question takes text. It can be sent as evidence when the exemplar is scored."
    ),
}
PROBLEMS = {
    "too_large": mark("Not taken, larger than {limit} MB: {files}. Please send a smaller copy, or a link to it."),
    "empty": mark("Not taken, empty: {files}."),
    "unreachable": mark("Could not be fetched: {files}. Please send it once more."),
    "executable": mark("Not taken, a program whatever its name says: {files}. Please send a document or a photo."),
    "no_space": mark(
        "Not stored, the server's disk is full: {files}. It has been noted for the administrator; please send it again "
        "later. What was entered before is safe."
    ),
    "useless": mark("Not taken: {files}. Please send photos, documents, or a link to the video."),
}


def sent(turn: Turn, files: Sequence[File], caption: str, album: str) -> Sequence[Reply]:
    """Files with their caption: evidence for the open row, or for the rows that the caption names.

    The parts of an album come one by one; what is to be said of them is gathered and said once, a moment after the last.
    """
    about = f"album:{turn.contact.id}:{album}"
    gathered = outbox.about(turn.tx, about) if album else []
    before = gathered[-1][1] if gathered else None
    taken = _take_files(turn, files, caption, album, before)
    if taken["unused"]:
        unwanted.note(turn.tx, [file.sha256 for file in files if file.sha256], turn.now)
    if not album:
        return _after_files(turn, taken)
    if before is not None and outbox.add_to(
        turn.tx, gathered[-1][0], _joined(before, taken), not_before=turn.real + turn.means.together
    ):
        return []
    if before is not None:
        taken["more"] = True
    outbox.add(
        turn.tx,
        turn.contact.id,
        "album",
        f"{about}:{len(gathered)}",
        taken,
        turn.now,
        not_before=turn.real + turn.means.together,
        subject=about,
        priority=outbox.REPLY,
    )
    return []


def album_received(turn: Turn, payload: Mapping[str, Any]) -> Sequence[Reply]:
    """The one acknowledgement for all photos of an album, composed a moment after the last."""
    return _after_files(turn, payload)


def brought(turn: Turn, draft_id: int, question: str, files: Sequence[File]) -> tuple[list[str], Sequence[Reply]]:
    """Files that came by a page: evidence for that question of that draft, whatever is open in the chat.

    Returns what became of them, line by line, and what is answered in the chat.
    """
    taken = _take_files(turn, files, "", "", None, (draft_id, question))
    o = opened(turn, draft_id)
    return _told(turn, o, taken), _after_files(turn, taken)


def _take_files(
    turn: Turn,
    files: Sequence[File],
    caption: str,
    album: str,
    before: Mapping[str, Any] | None,
    to: tuple[int, str] | None = None,
) -> dict[str, Any]:
    """Put the files where they belong; returns, as JSON, what became of them (`before`: of the album's earlier part;
    `to`: draft and question, where they are known)."""
    good = [f for f in files if not f.problem]
    taken: dict[str, Any] = {
        "draft": None,
        "received": [],
        "noted": [],
        "wrong": [],
        "refused": refused(files),
        "unused": "",
        "album": album,
    }
    draft_id = before["draft"] if before is not None and before["draft"] is not None else turn.focus.draft
    draft_id = to[0] if to is not None else draft_id
    o = opened(turn, draft_id) if draft_id is not None else None
    if o is None or o.draft.state != "open":
        if o is not None and turn.focus.draft == o.draft.id:
            turn.focus.leave()
        taken["unused"] = "no place" if good else ""
        return taken
    taken["draft"] = o.draft.id
    many = several(o.form, o.answers, caption) if caption else None
    if many:
        taken["noted"], taken["wrong"] = take_several(turn, o, many)
        targets = [proof for given in many if (proof := proof_of(o, given.question))]
    else:
        targets = [proof for code in rows_in(o.form, caption) if (proof := proof_for(o, code))]
    if not targets and before is not None and before["received"]:
        targets = [q for id in before["received"][-1][0] if (q := question_of(o, id))]
    if to is not None:
        targets = [q for q in [question_of(o, to[1])] if q is not None and q.kind == "files"]
    elif not targets:
        targets = files_here(turn, o)
    if not targets:
        scorecard = any(q.kind == "row" for q in o.form.questions)
        taken["unused"] = ("no row" if scorecard else "no files here") if good else ""
        return taken
    if good:
        taken["received"] = [[[target.id for target in targets], _kinds(good)]]
    for target in targets:
        add(turn, o, target, good, "" if many else caption, album)
    return taken


def add(turn: Turn, o: Open, question: Question, files: Sequence[File], caption: str = "", album: str = "") -> None:
    """Files that were kept become evidence of that question."""
    for f in files:
        item = Item(f.kind, caption, f.sha256, f.name, f.size, f.media, album)
        note(turn, o, "add", question.id, item_to_json(item))


def _kinds(files: Sequence[File] | Sequence[Item]) -> dict[str, int]:
    return {kind: sum(f.kind == kind for f in files) for kind in COUNTED}


def _joined(before: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    joined = {**before, "draft": more["draft"] if before["draft"] is None else before["draft"]}
    for key in ("noted", "wrong"):
        joined[key] = list(dict.fromkeys([*before[key], *more[key]]))
    joined["refused"] = [*before["refused"], *more["refused"]]
    joined["received"] = list(before["received"])
    for targets, kinds in more["received"]:
        at = next((n for n, (ids, _) in enumerate(joined["received"]) if ids == targets), None)
        if at is not None:  # last, because what comes without a caption goes where the newest went
            _, known = joined["received"].pop(at)
            kinds = {kind: n + kinds[kind] for kind, n in known.items()}
        joined["received"].append([targets, kinds])
    joined["unused"] = before["unused"] or more["unused"]
    return joined


def _after_files(turn: Turn, taken: Mapping[str, Any]) -> Sequence[Reply]:
    """What became of the files, and the question that is open now."""
    try:
        o = opened(turn, taken["draft"]) if taken["draft"] is not None else None
    except NotAllowed:
        o = None
    heading = "\n".join(_told(turn, o, taken))
    if o is None or o.draft.state != "open" or turn.focus.draft != o.draft.id:
        return [Reply(heading), *ask_again(turn)]
    asked = question_of(o, turn.focus.asked)
    if turn.focus.held and asked is not None:
        return ask_whether(turn, o, asked, turn.focus.held, heading)
    if taken["noted"] or taken["wrong"]:
        turn.focus.question = ""
        return place(turn, o, heading)
    return stay(turn, o, heading)


def _told(turn: Turn, o: Open | None, taken: Mapping[str, Any]) -> list[str]:
    say = turn.say
    lines = [say.say(NOTED, what=" · ".join(taken["noted"]))] if taken["noted"] else []
    lines += taken["wrong"]
    for ids, counted in taken["received"]:
        targets = [q for id in ids if (q := o.form.question(id))] if o is not None else []
        if o is None or not targets:
            continue
        kept = counted
        if taken["album"]:
            kept = _kinds([item for item in items_of(o, targets[0]) if item.album == taken["album"]])
        what = _with_words(turn, kept)
        codes = ", ".join(q.code for q in targets if q.code)
        if taken.get("more"):
            lines.append(say.say(MORE_RECEIVED, more=_with_words(turn, counted), what=what))
        else:
            lines.append(say.say(RECEIVED_FOR, what=what, code=codes) if codes else say.say(RECEIVED, what=what))
    lines += not_taken(turn, taken["refused"])
    unused = UNUSED.get(taken["unused"])
    if unused:
        lines.append(say.say(unused))
    return lines


def refused(files: Sequence[File]) -> list[list[str]]:
    """Those that could not be kept, as JSON."""
    return [[file.name, file.kind, file.problem] for file in files if file.problem]


def not_taken(turn: Turn, of: Sequence[Sequence[str]]) -> list[str]:
    """One line for each kind of trouble, with all the files that have it."""
    lines = []
    for problem, sentence in PROBLEMS.items():
        files = [File("", kind, name) for name, kind, found in of if found == problem]
        if files:
            named = _listed_files(turn, files)
            lines.append(turn.say.say(sentence, files=named, limit=turn.office.file_limit_mb))
    return lines


def _with_words(turn: Turn, kinds: Mapping[str, int]) -> str:
    parts = []
    if kinds["photo"]:
        parts.append(turn.say.say_n("{n} photo", "{n} photos", kinds["photo"]))
    if kinds["document"]:
        parts.append(turn.say.say_n("{n} document", "{n} documents", kinds["document"]))
    if kinds.get("other"):
        parts.append(turn.say.say_n("{n} video or recording", "{n} videos or recordings", kinds["other"]))
    return ", ".join(parts)


def _listed_files(turn: Turn, files: Sequence[File]) -> str:
    """“hop-dan.pdf”, 2 ảnh: by name where there is one (a photo of Telegram has none)."""
    named_ones = [f"“{f.name}”" for f in files if f.name]
    nameless = _with_words(turn, _kinds([f for f in files if not f.name]))
    return ", ".join([*named_ones, *([nameless] if nameless else [])])
