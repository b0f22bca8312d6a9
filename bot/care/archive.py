"""The archive of a backup: a tar of the tables and the evidence, then a manifest with the digest of each of them.

`tables/NAME.jsonl.gz`: a row a line, a list of texts and nulls · `evidence/ab/abcdef…`: a file as it was sent ·
`manifest.json` · `manifest.json.sha256`, the last: an archive that was cut off has none.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, BinaryIO

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import KheoError
from bot.store.whole import Row
from bot.texts import language, mark

FORMAT = 1
MANIFEST = "manifest.json"
SEAL = MANIFEST + ".sha256"
SMALL = 64 * 1024 * 1024  # bytes; a manifest of half a million files
PIECE = 1024 * 1024
_TABLE = re.compile(r"tables/([a-z_]{1,60})\.jsonl\.gz")
_EVIDENCE = re.compile(r"evidence/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_BROKEN = (OSError, EOFError, tarfile.TarError, zlib.error, ValueError, RecursionError)

NOT_OURS = mark(
    "{file} is no backup of Khéo, or its end is missing: take another one, and copy it again if it came over a network."
)
DAMAGED = mark("{file} is damaged at {part}: take another backup; of this one nothing was used.")
NEWER_FORMAT = mark("{file} was made by a newer Khéo ({version}): install that one, then restore.")
UNREADABLE = mark("{file} cannot be read: {reason}")


class Member(BaseModel):
    """A file of the archive: bytes and SHA-256."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    size: int
    sha256: str


class Manifest(BaseModel):
    """What the archive holds. `missing` and `damaged` are evidence that was wrong already when the backup was made."""

    model_config = ConfigDict(frozen=True)

    format: int
    kheo: str
    made_at: datetime
    database: str
    step: str
    columns: dict[str, list[str]]
    counts: dict[str, int]
    counters: dict[str, int]
    members: dict[str, Member]
    missing: list[str]
    damaged: list[str]


class ArchiveWrong(KheoError):
    """An archive cannot be used; nothing was touched."""


def wrong(source: str, **values: Any) -> ArchiveWrong:
    return ArchiveWrong(language("vi").say(source, **values))


def table_member(table: str) -> str:
    return f"tables/{table}.jsonl.gz"


def evidence_member(sha256: str) -> str:
    return f"evidence/{sha256[:2]}/{sha256}"


class _Hashing:
    """A file that is read through and digested on the way."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(size)
        self.digest.update(piece)
        return piece


class Writing:
    """An archive that is being written into an open file."""

    def __init__(self, out: BinaryIO, at: datetime) -> None:
        self._tar = tarfile.TarFile(fileobj=out, mode="w", format=tarfile.GNU_FORMAT)
        self._at = at
        self.members: dict[str, Member] = {}

    def add(self, name: str, source: IO[bytes], size: int) -> str:
        """Put `size` bytes in; returns their digest."""
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, int(self._at.timestamp())
        hashing = _Hashing(source)
        self._tar.addfile(info, hashing)
        digest = hashing.digest.hexdigest()
        self.members[name] = Member(size=size, sha256=digest)
        return digest

    def finish(self, manifest: Manifest) -> None:
        text = manifest.model_dump_json(indent=1).encode()
        self.add(MANIFEST, io.BytesIO(text), len(text))
        seal = _seal(text)
        self.add(SEAL, io.BytesIO(seal), len(seal))
        self._tar.close()


def _seal(manifest: bytes) -> bytes:
    """A line as `sha256sum -c` reads it."""
    return f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n".encode()


def pack(rows: Iterable[Row], out: BinaryIO) -> int:
    """Write the rows of a table, compressed; returns how many."""
    count = 0
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=6, mtime=0) as packed:
        for row in rows:
            packed.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            count += 1
    return count


class Archive:
    """A backup that is read. Raises ArchiveWrong for whatever is not as the manifest says."""

    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        self.path = path
        self._tar = tar
        with self._reading(SEAL):
            parts = tar.getmembers()
            self._parts: Mapping[str, tarfile.TarInfo] = {part.name: part for part in parts}
            if len(parts) < 2 or parts[-1].name != SEAL or len(self._parts) != len(parts):
                raise wrong(NOT_OURS, file=path)
            text = self._small(MANIFEST)
            if self._small(SEAL) != _seal(text):
                raise wrong(DAMAGED, file=path, part=MANIFEST)
        self.manifest = self._understood(text)
        self._check_names()

    def _understood(self, text: bytes) -> Manifest:
        try:
            told = json.loads(text)
            if isinstance(told, dict) and isinstance(told.get("format"), int) and told["format"] > FORMAT:
                raise wrong(NEWER_FORMAT, file=self.path, version=told.get("kheo", "?"))
            return Manifest.model_validate(told)
        except (ValidationError, ValueError, RecursionError):
            raise wrong(DAMAGED, file=self.path, part=MANIFEST) from None

    def _check_names(self) -> None:
        """Nothing is in the archive but what the manifest names, and no name leads anywhere else."""
        named = self.manifest.members
        tables = {table_member(name) for name in self.manifest.columns}
        for name, part in self._parts.items():
            if name in (MANIFEST, SEAL):
                continue
            known = name in tables if _TABLE.fullmatch(name) else bool(_EVIDENCE.fullmatch(name))
            if not known or not part.isreg() or name not in named or named[name].size != part.size:
                raise wrong(DAMAGED, file=self.path, part=name)
        for name in [*named, *tables]:
            if name not in self._parts:
                raise wrong(DAMAGED, file=self.path, part=name)
        if self.manifest.counts.keys() != self.manifest.columns.keys():
            raise wrong(DAMAGED, file=self.path, part=MANIFEST)

    def verify(self) -> None:
        """Read everything and compare each digest and each count."""
        for name, member in self.manifest.members.items():
            digest = hashlib.sha256()
            with self.opened(name) as part, self._reading(name):
                while piece := part.read(PIECE):
                    digest.update(piece)
            if digest.hexdigest() != member.sha256:
                raise wrong(DAMAGED, file=self.path, part=name)
        for table, count in self.manifest.counts.items():
            if sum(1 for _ in self.rows(table)) != count:
                raise wrong(DAMAGED, file=self.path, part=table_member(table))

    def rows(self, table: str) -> Iterator[Row]:
        name = table_member(table)
        width = len(self.manifest.columns[table])
        with self.opened(name) as part, self._reading(name), gzip.GzipFile(fileobj=part) as packed:
            for line in packed:
                row = json.loads(line)
                if not isinstance(row, list) or len(row) != width:
                    raise wrong(DAMAGED, file=self.path, part=name)
                yield row

    def evidence(self) -> list[str]:
        """The digests under which files lie in the archive."""
        return [found[2] for name in self._parts if (found := _EVIDENCE.fullmatch(name))]

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        with self._reading(name):
            part = self._tar.extractfile(self._parts[name])
        assert part is not None
        with part:
            yield part

    def _small(self, name: str) -> bytes:
        part = self._parts.get(name)
        if part is None or not part.isreg() or part.size > SMALL:
            raise wrong(NOT_OURS, file=self.path)
        with self.opened(name) as opened:
            return opened.read()

    @contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        try:
            yield
        except _BROKEN as error:
            raise wrong(DAMAGED, file=self.path, part=name) from error


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """The archive at `path`; ArchiveWrong if it is none, or not whole."""
    try:
        tar = tarfile.open(path, mode="r:")  # noqa: SIM115 – closed below
    except (tarfile.TarError, EOFError):
        raise wrong(NOT_OURS, file=path) from None
    except OSError as error:
        raise wrong(UNREADABLE, file=path, reason=error.strerror) from None
    with tar:
        yield Archive(path, tar)
