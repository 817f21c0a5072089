from __future__ import annotations

import io
import os
from email.message import EmailMessage

import pytest

from tidebreak.check import inputs
from tidebreak.check.inputs import inputs_of
from tidebreak.errors import UsageError
from tidebreak.links import lines

LINK = "magnet:?xt=urn:btih:" + "c" * 40


def given(*arguments, stdin=b"", prose=False):
    return list(inputs_of(arguments, io.BytesIO(stdin), prose=prose))


def test_links_are_taken_as_they_are():
    (found,) = given(LINK)
    assert (found.text, found.line, found.data) == (LINK, 1, None)


def test_lines_of_standard_input_keep_their_numbers():
    found = given("-", stdin=f"{LINK}\n\nother\n".encode())
    assert [(each.line, each.text) for each in found] == [(1, LINK), (3, "other")]


def test_only_links_count_in_running_text():
    found = given("-", stdin=f"see {LINK} and\nnothing\n{LINK}.\n".encode(), prose=True)
    assert [(each.line, each.text) for each in found] == [(1, LINK), (3, LINK)]


def test_a_line_without_end_is_said_and_the_next_is_read(monkeypatch):
    monkeypatch.setattr(lines, "LONGEST_LINE", 100)
    found = given("-", stdin=b"x" * 1000 + b"\n" + LINK.encode() + b"\n")
    assert [bool(each.reason) for each in found] == [True, False]
    assert found[1].text == LINK


def test_files_are_told_by_their_content(tmp_path):
    (tmp_path / "a").write_bytes(b"d4:infode")
    (tmp_path / "b").write_text(f"{LINK}\n")
    (tmp_path / "c").write_bytes(b"\0\1\2")
    (tmp_path / "d").write_text("<?xml version='1.0'?><metalink/>")
    mail = EmailMessage()
    mail["From"] = "a@example.invalid"
    mail.set_content(f"see {LINK}")
    mail.add_attachment(b"d4:infode", maintype="application", subtype="octet-stream")
    (tmp_path / "e").write_bytes(bytes(mail))
    found = given(str(tmp_path))
    assert [(each.name, each.data is not None, each.text) for each in found] == [
        ("a", True, ""), ("", False, LINK), ("c", True, ""), ("d", True, ""),
        ("", False, LINK), ("", True, ""),
    ]  # fmt: skip


def test_a_file_that_is_not_there_is_an_error():
    with pytest.raises(UsageError, match="no file"):
        given("./missing.torrent")
    with pytest.raises(UsageError, match="no file"):
        given("missing.torrent")
    with pytest.raises(UsageError, match="no file"):
        given("missing.csv")


def test_what_cannot_be_read_is_a_result(tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "MOST_BYTES", 8)
    (tmp_path / "large.torrent").write_bytes(b"d4:info" * 10)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert [bool(each.reason) for each in given(str(tmp_path))] == [True] * 3


def test_nothing_in_it_is_a_result():
    (found,) = given("-")
    assert found.reason


def test_text_as_windows_writes_it(tmp_path):
    (tmp_path / "a.txt").write_bytes(f"{LINK}\r\n{LINK}\r\n".encode("utf-16"))
    assert [each.text for each in given(str(tmp_path / "a.txt"))] == [LINK, LINK]
    (piped,) = given("-", stdin=LINK.encode("utf-16"))
    assert "UTF-16" in piped.reason


def test_two_links_in_a_line_are_two():
    found = given("-", stdin=f"{LINK}&dn=x {LINK}\n".encode())
    assert [(each.line, each.text) for each in found] == [(1, f"{LINK}&dn=x"), (1, LINK)]


def test_what_a_walk_leaves_out_is_said(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (found,) = given(str(tmp_path))
    assert "not followed" in found.reason

    def walk(top, onerror):
        onerror(PermissionError(13, "Permission denied", str(top)))
        return iter(())

    monkeypatch.setattr(inputs.os, "walk", walk)
    (found,) = given(str(tmp_path))
    assert "Permission denied" in found.reason


@pytest.mark.parametrize("kind", ["text", "application"])
def test_attachments_are_told_by_their_content(tmp_path, kind):
    mail = EmailMessage()
    mail["From"] = "a@example.invalid"
    mail.set_content(b"d4:infod6:pieces0:ee", maintype=kind, subtype="x", cte="base64")
    (tmp_path / "torrent").write_bytes(bytes(mail))
    mail.set_content(LINK.encode(), maintype=kind, subtype="x", cte="base64")
    (tmp_path / "zlinks").write_bytes(bytes(mail))
    found = given(str(tmp_path))
    assert [(each.data is not None, each.text) for each in found] == [(True, ""), (False, LINK)]


def test_an_attachment_that_names_nothing_is_said(tmp_path):
    mail = EmailMessage()
    mail["From"] = "a@example.invalid"
    mail.set_content(b"something else", maintype="application", subtype="x")
    (tmp_path / "mail").write_bytes(bytes(mail))
    (found,) = given(str(tmp_path))
    assert "attachment" in found.reason


def test_an_identifier_is_one_whatever_files_are_called(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ("c" * 40)).write_text(f"{LINK}\n")
    (found,) = given("c" * 40)
    assert (found.text, found.source) == ("c" * 40, "")
    (found,) = given("./" + "c" * 40)
    assert found.text == LINK


def test_where_an_input_stood_is_told(tmp_path):
    (tmp_path / "a").write_text(f"{LINK}\n")
    found = given(str(tmp_path / "a"), "-", LINK, stdin=b"x\n")
    assert [each.source for each in found] == [str(tmp_path / "a"), "standard input", ""]
