from __future__ import annotations

import hashlib

import pytest

from tidebreak.check.held import HeldFiles
from tidebreak.errors import UsageError
from tidebreak.links.alignment import Alike
from tidebreak.links.reference import Alignment


@pytest.fixture
def question(files):
    data = (files / "a.bin").read_bytes()
    return Alignment(len(data), 100, 1000, hashlib.sha1(data[100:1100]).digest())


def test_a_file_of_that_size_with_those_bytes_says_yes(files, question):
    held = HeldFiles([files])
    assert len(held) == 3
    assert held.answer(question) is Alike.YES


def test_other_bytes_or_another_size_say_no(files, question):
    held = HeldFiles([files])
    assert held.answer(Alignment(question.size, 101, 1000, question.sha1)) is Alike.NO
    assert held.answer(Alignment(question.size + 1, 100, 1000, question.sha1)) is Alike.NO


def test_a_file_is_identified_once_and_only_where_it_says_yes(files, question, installation):
    asked = []

    def identify(paths):
        asked.extend(paths)
        return installation.hash(paths)

    held = HeldFiles([files], identify)
    (own,) = held.signals(question)
    names = {signal.type.name for signal in own}
    assert {"sha1", "sha256", "btv2"} <= names
    assert held.signals(question)
    assert held.signals(Alignment(9000, 0, 1000, b"\0" * 20)) == []
    assert len(asked) == 1


def test_every_file_that_says_yes_is_identified(tmp_path, question, installation, files):
    """Somebody else's file may agree in the piece alone: it must not hide the one behind it."""
    data = (files / "a.bin").read_bytes()
    (tmp_path / "a").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    (tmp_path / "b").write_bytes(data)
    held = HeldFiles([tmp_path], installation.hash)
    digests = [signal.value for own in held.signals(question) for signal in own]
    assert hashlib.sha256(data).digest() in digests
    assert len(held.signals(question)) == 2


def test_folders_that_cannot_be_opened_are_counted(tmp_path, monkeypatch):
    def walk(_top, onerror):
        onerror(PermissionError())
        return iter(())

    monkeypatch.setattr("tidebreak.check.held.os.walk", walk)
    assert HeldFiles([tmp_path]).unread == 1


def test_files_that_went_away_are_counted(tmp_path, question):
    (tmp_path / "x").write_bytes(bytes(question.size))
    held = HeldFiles([tmp_path])
    (tmp_path / "x").unlink()
    assert held.answer(question) is Alike.NO
    assert held.unread == 1


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError):
        HeldFiles([tmp_path / "none"])
