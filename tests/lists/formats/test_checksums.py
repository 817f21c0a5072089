from __future__ import annotations

import hashlib
import subprocess

import pytest

from tidebreak.lists.formats import checksums as module
from tidebreak.lists.formats import choose
from tidebreak.lists.source import Source
from tidebreak.signals import signal_type

CONTENT = {"a.txt": b"a", "b c.txt": b"b c", "back\\slash": b"x", "new\nline": b"y"}


def read(path, kind=None):
    good, bad = [], []
    for batch in module.read(Source(path, signal_type(kind) if kind else None)):
        by_row = {
            int(row): (column.type.name, value.tobytes())
            for column in batch.columns
            for row, value in zip(column.rows, column.values, strict=True)
        }
        good += [(*by_row[row], fields["name"]) for row, fields in enumerate(batch.fields)]
        bad += [(row.line, row.reason) for row in batch.bad]
    return good, bad


@pytest.mark.parametrize("program", ["md5", "sha1", "sha256", "sha512"])
@pytest.mark.parametrize("options", [(), ("--binary",), ("--tag",)])
def test_what_coreutils_write(file, tmp_path, program, options):
    folder = tmp_path / "files"
    folder.mkdir()
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
    command = [f"{program}sum", *options, "--", *CONTENT]
    path = file(subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout)
    assert choose(Source(path), None).name == "checksums"
    good, bad = read(path)
    assert good == [
        (program, hashlib.new(program, content).digest(), name) for name, content in CONTENT.items()
    ]
    assert not bad


def test_a_type_that_is_said_wins(file):
    assert read(file("0" * 64 + "  name"), "blake3")[0][0][0] == "blake3"
    assert read(file("BLAKE3 (name) = " + "0" * 64))[0][0][0] == "blake3"


def test_a_name_that_is_not_utf_8_is_kept(file):
    good, bad = read(file(b"0" * 32 + b"  caf\xe9.jpg\n"))
    assert good[0][2] == "caf\udce9.jpg"
    assert not bad


@pytest.mark.parametrize(
    "line",
    ["0" * 32, "0" * 33 + "  a", "XYZ (a) = 00", "MD5 (a) = " + "0" * 31, "0" * 32 + " a", "a  b"],
)
def test_bad_lines(file, line):
    good, bad = read(file("0" * 32 + "  a\n" + line + "\n\n# said\n"))
    assert len(good) == 1
    assert [number for number, _ in bad] == [2]
    assert "0" * 31 not in bad[0][1]
