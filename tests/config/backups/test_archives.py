"""The archive knows when it is not what it was."""

from __future__ import annotations

import io
import random
import stat
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.backups.archives import ArchiveDamaged, Manifest, digest_of, read_manifest, take_out, write_archive

CONTENT = random.Random(7).randbytes(20_000)


@pytest.fixture
def archive(tmp_path) -> Path:
    source = tmp_path / "database"
    source.write_bytes(CONTENT)
    with source.open("rb") as stream:
        files = {"database": digest_of(stream)}
    manifest = Manifest("0.1.0", "sqlite", "3", datetime(2026, 11, 21, tzinfo=UTC), ["quizzes.0001_initial"], {"t": 3}, files)
    write_archive(path=tmp_path / "archive.tar", manifest=manifest, files={"database": source})
    return tmp_path / "archive.tar"


@pytest.fixture
def out(tmp_path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_what_goes_in_comes_out_and_only_its_owner_may_read_it(archive, out):
    manifest = take_out(path=archive, into=out)
    assert manifest == read_manifest(archive)
    assert (manifest.counts, manifest.migrations) == ({"t": 3}, ["quizzes.0001_initial"])
    assert (out / "database").read_bytes() == CONTENT
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert not list(archive.parent.glob("*.partial"))


@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_bit_anywhere_is_found_or_changes_nothing(archive, out, seed):
    pristine = read_manifest(archive)
    damaged = bytearray(archive.read_bytes())
    place = random.Random(seed).randrange(len(damaged))
    damaged[place] ^= 1 << seed % 8
    archive.write_bytes(damaged)
    try:
        manifest = take_out(path=archive, into=out)
    except ArchiveDamaged:
        return
    assert manifest == pristine
    assert (out / "database").read_bytes() == CONTENT


@pytest.mark.parametrize("change", ["content", "manifest", "cut", "empty", "text"])
def test_damage_is_named(archive, out, change):
    whole = archive.read_bytes()
    damaged = {
        "content": whole.replace(CONTENT[:50], bytes(50)),
        "manifest": whole.replace(b'"t": 3', b'"t": 4'),
        "cut": whole[: len(whole) // 2],
        "empty": b"",
        "text": b"not an archive\n" * 100,
    }[change]
    assert damaged != whole
    archive.write_bytes(damaged)
    with pytest.raises(ArchiveDamaged):
        take_out(path=archive, into=out)


def test_nothing_but_the_files_named_in_the_manifest_is_taken_out(archive, out, tmp_path):
    with tarfile.open(archive, "a") as tar:
        entry = tarfile.TarInfo("../outside")
        entry.size = 4
        tar.addfile(entry, io.BytesIO(b"evil"))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    take_out(path=archive, into=out)
    assert [path.name for path in out.iterdir()] == ["database"]
    assert not (tmp_path / "outside").exists()
