"""`make words`: collect the sentences from the code into the catalogues; English is the sentence itself.

Run `python locales/words.py` after writing a new sentence, then fill its msgstr in vi/LC_MESSAGES/kheo.po.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).resolve().parent
METHODS = [
    ("bot/**.py", "python"),
    ("handlers/**.py", "python"),
    ("scheduler/**.py", "python"),
    ("bot/channels/webchat/templates/**.html", "jinja2.ext:babel_extract"),
    ("bot/web/templates/**.html", "jinja2.ext:babel_extract"),
]
KEYWORDS = {"say": None, "mark": None, "say_n": (1, 2)}
SKIPPED = {".venv", "var", "tests", "bench", "build"}


def collected() -> Catalog:
    """Every sentence in the code, once, in alphabetical order."""
    catalogue = Catalog(project="kheo", charset="utf-8")
    found = extract_from_dir(
        str(HERE.parent), METHODS, keywords=KEYWORDS, directory_filter=lambda d: Path(d).name not in SKIPPED
    )
    for _, _, message, _, _ in sorted(found, key=lambda one: str(one[2])):
        catalogue.add(message)
    return catalogue


def update(code: str, fresh: Catalog) -> list[str]:
    """Bring one catalogue up to date; returns the sentences that still lack a translation."""
    path = HERE / code / "LC_MESSAGES" / "kheo.po"
    with path.open("rb") as stream:
        old = read_po(stream, locale=code)
    new = Catalog(locale=code, project="kheo", charset="utf-8", fuzzy=False, copyright_holder="the Khéo founders")
    missing = []
    for message in fresh:
        if not message.id:
            continue
        known = old.get(message.id)
        string = known.string if known else ""
        if code == "en":
            string = message.id
        new.add(message.id, string)
        if not (all(string) if isinstance(string, list | tuple) else string):
            missing.append(str(message.id))
    path.write_bytes(b"")
    with path.open("wb") as stream:
        write_po(stream, new, sort_output=True, omit_header=False, include_lineno=False)
    return missing


def main() -> int:
    fresh = collected()
    with (HERE / "kheo.pot").open("wb") as stream:
        write_po(stream, fresh, sort_output=True)
    missing = [sentence for code in ("vi", "en") for sentence in update(code, fresh)]
    for sentence in missing:
        sys.stdout.write(f"not translated: {sentence}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
