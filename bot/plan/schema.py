"""The plan format as a JSON Schema, for editors: it completes keys, explains them, and marks what is misspelt.

An editor reads 0.5 as a number, 2024 as a whole number and true as true, where our own reader takes every value as it is
written; so each of them may be either.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel

from bot.plan.dates import Milestone
from bot.plan.loader import SHORTHANDS
from bot.plan.model import Plan
from bot.plan.questions import Question

DRAFT = "http://json-schema.org/draft-07/schema#"
"""What editors understand."""
FILLED = {Plan: ("version",), Milestone: ("series", "period")}
"""What the reader fills in and no file may say."""
NUMBER = r"^[+-]?\d+(\.\d+)?$"
WHOLE = r"^[+-]?\d+$"
DAY = r"^\d{4}-\d\d-\d\d$"
YES_OR_NO = r"^([Tt]rue|[Ff]alse|[Yy]es|[Nn]o|[Oo]n|[Oo]ff)$"


def text() -> str:
    """The schema as it is shipped in plans/plan.schema.json."""
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"


def schema() -> dict[str, Any]:
    """The schema of a plan file."""
    made = Plan.model_json_schema()
    parts: dict[str, Any] = {name: _plain(part) for name, part in made.pop("$defs").items()}
    parts["Plan"] = _plain(made)
    kinds = {kind.__name__: kind for kind in _parts(Plan)}
    for name, part in parts.items():
        kind = kinds.get(name)
        if kind is None:
            continue
        properties = part.get("properties", {})
        for key in FILLED.get(kind, ()):
            del properties[key]
        for key, words in _explained(kind).items():
            if "$ref" in properties.get(key, ()):
                properties[key] = {"allOf": [properties[key]]}  # what stands beside a reference is not read
            if key in properties:
                properties[key]["description"] = words
        part["description"] = _one_line(inspect.getdoc(kind) or "")
        if kind.model_fields.keys() >= {"kind"} and "const" in properties["kind"]:
            part["required"] = ["kind", *(key for key in part.get("required", []) if key != "kind")]
    options = parts[Question.__name__]["properties"]["options"]
    parts[Question.__name__]["properties"]["options"] = {
        "description": options.get("description", "A list, or the name of a list that the plan has already."),
        "anyOf": [{"enum": list(SHORTHANDS)}, {key: options[key] for key in ("type", "items")}],
    }
    receivers = parts[Milestone.__name__]["properties"]["to"]
    parts[Milestone.__name__]["properties"]["to"] = {
        "description": receivers["description"],
        "anyOf": [_words(), {"type": "array", "items": _words()}],
    }
    whole = parts.pop("Plan")
    return {"$schema": DRAFT, "title": "Khéo plan", **whole, "definitions": dict(sorted(parts.items()))}


def _plain(part: Any) -> Any:
    """A piece of pydantic's schema in terms of what people write."""
    if isinstance(part, list):
        return [_plain(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return {"$ref": part["$ref"].replace("$defs", "definitions")}
    kept = {key: value for key, value in part.items() if key not in ("title", "default", "discriminator")}
    if "anyOf" in kept and {inner.get("type") for inner in kept["anyOf"]} >= {"number", "string"}:
        return _or_null(kept["anyOf"], {"type": ["number", "string"], "pattern": NUMBER})
    kind = kept.get("type")
    if kind == "string" and "enum" not in kept and "const" not in kept:
        if kept.pop("format", "") == "date":
            return {"type": "string", "pattern": DAY}
        return {**_words(), **({"pattern": kept["pattern"]} if "pattern" in kept else {})}
    if kind == "integer":
        return {**kept, "type": ["integer", "string"], "pattern": WHOLE}
    if kind == "boolean":
        return {"type": ["boolean", "string"], "pattern": YES_OR_NO}
    if "enum" in kept or "const" in kept:
        kept.pop("type", None)
    for key in ("properties", "additionalProperties", "items", "anyOf", "oneOf"):
        if key == "properties" and key in kept:
            kept[key] = {name: _plain(inner) for name, inner in kept[key].items()}
        elif key in kept:
            kept[key] = _plain(kept[key])
    if kind == "object" and "properties" not in kept and "additionalProperties" in kept:
        kept["propertyNames"] = {"pattern": WHOLE}  # the only such mapping is by years
    return kept


def _words() -> dict[str, Any]:
    return {"type": ["string", "number", "boolean"]}


def _or_null(variants: list[dict[str, Any]], made: dict[str, Any]) -> dict[str, Any]:
    if any(inner.get("type") == "null" for inner in variants):
        return {"anyOf": [made, {"type": "null"}]}
    return made


def _parts(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every model of the modules in which the plan's models are written."""
    for name in ("part", "questions", "dates", "criteria", "levels", "model"):
        for part in vars(sys.modules[f"{kind.__module__.rpartition('.')[0]}.{name}"]).values():
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield part


@cache
def _explained(kind: type[BaseModel]) -> dict[str, str]:
    """What the source says below each field, also of the models that this one builds on."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if not issubclass(one, BaseModel) or one is BaseModel:
            continue
        (body,) = ast.parse(inspect.getsource(one)).body
        assert isinstance(body, ast.ClassDef)
        for field, words in zip(body.body, body.body[1:], strict=False):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(words, ast.Expr)
                and isinstance(words.value, ast.Constant)
                and isinstance(words.value.value, str)
            ):
                found[field.target.id] = _one_line(words.value.value)
    return found


def _one_line(words: str) -> str:
    return " ".join(words.split())
