"""The archive: a tar file with the database, a manifest that says what it is, and checksums of both.

Members: `manifest.json`, `manifest.sha256`, and the files that the manifest names with their SHA-256. Nothing is read before its
checksum is found right, and nothing else is ever taken out of the archive.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
SMALL = 4 * 1024 * 1024
BLOCK = 1024 * 1024


class ArchiveDamaged(Exception):
    """The file is no backup, or not what it was when it was made."""


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself. `files` maps names to SHA-256; `counts` tables to rows, as of `made_at`."""

    version: str
    engine: str
    engine_version: str
    made_at: datetime
    migrations: list[str]
    counts: dict[str, int]
    files: dict[str, str]
    format: int = FORMAT

    def as_json(self) -> bytes:
        """The bytes that are sealed."""
        return json.dumps(asdict(self) | {"made_at": self.made_at.isoformat()}, indent=1, sort_keys=True).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Raises ArchiveDamaged where something is missing; of a later format only the fields known here are read."""
        try:
            said = json.loads(text)
            return cls(**{name: said[name] for name in cls.__dataclass_fields__} | {"made_at": datetime.fromisoformat(said["made_at"])})
        except (ValueError, KeyError, TypeError) as error:
            raise ArchiveDamaged(f"its manifest cannot be read ({type(error).__name__})") from error


def digest_of(source: IO[bytes]) -> str:
    """SHA-256 of what is left to read."""
    digest = hashlib.sha256()
    while block := source.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def write_archive(*, path: Path, manifest: Manifest, files: dict[str, Path]) -> None:
    """Write the archive beside its place, to disk, readable to its owner alone; then move it there in one step."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                text = manifest.as_json()
                _add_bytes(tar, MANIFEST, text)
                _add_bytes(tar, SEAL, hashlib.sha256(text).hexdigest().encode())
                for name, content in files.items():
                    with content.open("rb") as stream:
                        entry = _entry(name, content.stat().st_size)
                        tar.addfile(entry, stream)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    tar.addfile(_entry(name, len(content)), io.BytesIO(content))


def read_manifest(path: Path) -> Manifest:
    """The manifest, its seal found right. Raises ArchiveDamaged, OSError."""
    try:
        with tarfile.open(path, mode="r:") as tar:
            return _sealed_manifest(tar)
    except tarfile.TarError as error:
        raise ArchiveDamaged(f"it is no backup archive, or its beginning is damaged ({error})") from error


def _sealed_manifest(tar: tarfile.TarFile) -> Manifest:
    text, seal = _member(tar, MANIFEST).read(SMALL), _member(tar, SEAL).read(SMALL)
    if hashlib.sha256(text).hexdigest().encode() != seal:
        raise ArchiveDamaged("its manifest is not what was sealed")
    return Manifest.from_json(text)


def take_out(*, path: Path, into: Path) -> Manifest:
    """Verify every file of the archive while it is taken out into a directory. Raises ArchiveDamaged, OSError."""
    try:
        with tarfile.open(path, mode="r:") as tar:
            manifest = _sealed_manifest(tar)
            for name, digest in manifest.files.items():
                target = into / Path(name).name
                with target.open("wb") as file:
                    found = _copy(_member(tar, name), file)
                if found != digest:
                    raise ArchiveDamaged(f"{name} is not what it was: its checksum differs")
            return manifest
    except (tarfile.TarError, EOFError) as error:
        raise ArchiveDamaged(f"it is cut off or damaged ({error})") from error


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        stream = tar.extractfile(name) if tar.getmember(name).isfile() else None
    except KeyError:
        stream = None
    if stream is None:
        raise ArchiveDamaged(f"{name} is missing in it")
    return stream


def _copy(source: IO[bytes], target: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := source.read(BLOCK):
        digest.update(block)
        target.write(block)
    return digest.hexdigest()
