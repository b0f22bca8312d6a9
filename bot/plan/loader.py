"""From a file to a plan: refused whole, at the door, with the place of everything that is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.plan import consistency, errata, source
from bot.plan.finding import Finding, Lines, Place, refused
from bot.plan.lint import lint
from bot.plan.model import Plan

Model = TypeVar("Model", bound=BaseModel)

SHORTHANDS = ("fields", "subjects", "topics")
"""What `options` of a question may be instead of a list."""


def load(path: Path) -> Plan:
    """The plan in the file. PlanWrong, carrying every finding, when anything in it is wrong."""
    return read(path)[0]


def read(path: Path) -> tuple[Plan, Lines]:
    """The same as `load`, with the lines at which everything stands."""
    lines, version = source.read(path)
    plan = parse(Plan, lines, {**expanded(lines), "version": version}, ("version",))
    findings = consistency.problems(plan, lines) + errata.problems(plan, lines)
    if not findings and plan.errata:
        findings = [
            lines.finding(("errata",), f"With the errata applied: {wrong.path}: {wrong.text}", wrong.remedy)
            for wrong in consistency.problems(errata.corrected(plan), lines)
        ]
    if not findings:
        findings = [finding for finding in lint(plan, lines) if finding.level == "error"]
    if findings:
        raise refused(findings)
    return plan, lines


def parse(kind: type[Model], lines: Lines, tree: dict[str, Any], filled: tuple[str, ...] = ()) -> Model:
    """`tree` as a model; PlanWrong with a finding for each complaint. `filled` keys come from us, not from the file."""
    own = [
        lines.finding((key,), f"“{key}” is filled in when the file is read.", "Remove it.")
        for key in filled
        if (key,) in lines.lines
    ]
    try:
        parsed = kind.model_validate(tree)
    except ValidationError as wrong:
        raise refused([*own, *(_finding(kind, error, lines) for error in wrong.errors(include_url=False))]) from wrong
    if own:
        raise refused(own)
    return parsed


def expanded(lines: Lines) -> dict[str, Any]:
    """The file's tree with the shorthands of `options` written out, so that each form is complete in itself."""
    if not isinstance(lines.tree, dict):
        raise refused(
            [lines.finding((), "The file is no mapping of keys to values.", "Begin it with lines such as “id: …”.")]
        )
    tree = lines.tree
    findings: list[Finding] = []
    forms = []
    for at, form in enumerate(_items(tree.get("forms"))):
        questions = []
        by_field = ""
        for number, question in enumerate(_items(form.get("questions") if isinstance(form, dict) else None)):
            options = question.get("options") if isinstance(question, dict) else None
            if options == "fields":
                by_field = str(question.get("id"))
            if isinstance(options, str):
                place: Place = ("forms", at, "questions", number, "options")
                if options == "topics" and not by_field:
                    findings.append(
                        lines.finding(
                            place,
                            "“topics” depend on the field, and no earlier question asks for it.",
                            "Put a question with “options: fields” before this one.",
                        )
                    )
                elif options not in SHORTHANDS:
                    findings.append(
                        lines.finding(
                            place,
                            f"“{options}” is no list of options.",
                            f"Write a list of key and label, or one of: {', '.join(SHORTHANDS)}.",
                        )
                    )
                question = {**question, "options": list(_options(tree, options, by_field))}
            questions.append(question)
        forms.append({**form, "questions": questions} if questions else form)
    if findings:
        raise refused(findings)
    return {**tree, "forms": forms} if forms else tree


def _options(tree: dict[str, Any], shorthand: str, by_field: str) -> Iterator[dict[str, Any]]:
    """What is misshapen in fields and subjects is passed over here; the model complains about it where it stands."""
    for item in _items(tree.get("subjects" if shorthand == "subjects" else "fields")):
        if not isinstance(item, dict) or not isinstance(item.get("id"), str):
            continue
        if shorthand == "topics":
            for topic in _items(item.get("topics")):
                if isinstance(topic, dict):
                    yield {**_option(topic), "when": {"question": by_field, "values": [item["id"]]}}
        else:
            yield _option(item)


def _option(item: dict[str, Any]) -> dict[str, Any]:
    name = item.get("name")
    # Topics are cut out of the middle of a sentence; on a button they begin with a capital.
    return {"key": str(item.get("id")), "label": name[:1].upper() + name[1:] if isinstance(name, str) else ""}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _finding(model: type[BaseModel], error: ErrorDetails, lines: Lines) -> Finding:
    place = error["loc"]
    name = str(place[-1]) if place else ""
    kind = error["type"]
    limits = error.get("ctx", {})
    if kind == "missing":
        return lines.finding(place[:-1], f"“{name}” is missing.", f"Add “{name}: …”.", key=name)
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(name, _words(model, place[:-1]), 1)
        remedy = f"Did you mean “{near[0]}”? Otherwise remove it." if near else "Remove it."
        return lines.finding(place, f"“{name}” is no word of the plan format.", remedy)
    if kind == "union_tag_not_found":
        return lines.finding(place, "“kind” is missing.", "Add “kind: …”.", key="kind")
    if kind == "union_tag_invalid":
        known = limits["expected_tags"]
        return lines.finding((*place, "kind"), f"“{limits['tag']}” is no kind of this.", f"Write one of {known}.")
    if kind == "literal_error":
        return lines.finding(place, f"“{error['input']}” is not known here.", f"Write {limits['expected']}.")
    if kind == "string_pattern_mismatch":
        return lines.finding(
            place, f"“{error['input']}” is not written as it must be.", f"Write it as {limits['pattern']} says."
        )
    return lines.finding(place, f"{error['msg']}.", _remedy(kind))


def _remedy(kind: str) -> str:
    for beginning, remedy in _REMEDIES.items():
        if kind.startswith(beginning):
            return remedy
    return "Correct the value."


_REMEDIES = {
    "string_too_long": "Write a shorter one.",
    "string": "Write a text; put it in quotes if it has a colon in it.",
    "decimal": "Write a number with a point, such as 13.5.",
    "int": "Write a whole number.",
    "bool": "Write true or false.",
    "date": "Write a day that exists as YYYY-MM-DD, such as 2025-06-30.",
    "tuple": "Write a list: each item on a line of its own, after “- ”.",
    "dict": "Write keys and values: “key: value”.",
    "model": "Write keys and values: “key: value”.",
    "greater": "Correct the number.",
    "less": "Correct the number.",
}


def _words(kind: type[BaseModel], place: Place) -> list[str]:
    """The keys that can stand there, whichever variant of a part is meant."""
    kinds = [kind]
    for part in place:
        if isinstance(part, int):
            continue
        fields = [one.model_fields[part].annotation for one in kinds if part in one.model_fields]
        # What is no key of a part is the tag of one of its variants.
        kinds = list(_parts(fields)) if fields else [one for one in kinds if _tag(one) == part] or kinds
    return sorted({field for one in kinds for field in one.model_fields})


def _parts(annotations: Iterable[Any]) -> Iterator[type[BaseModel]]:
    for annotation in annotations:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield annotation
        else:
            yield from _parts(get_args(annotation))


def _tag(kind: type[BaseModel]) -> Any:
    return kind.model_fields["kind"].default if "kind" in kind.model_fields else None
