from __future__ import annotations

import mailbox
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.check.mail import MOST_PARTS, is_mail, pieces

LINK = "magnet:?xt=urn:btih:" + "b" * 40


def message(text, attachment=b""):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@example.invalid", "b@example.invalid", "report"
    made.set_content(text)
    if attachment:
        made.add_attachment(
            attachment, maintype="application", subtype="x-bittorrent", filename="x.torrent"
        )
    return made


def test_text_and_attachments_are_decoded():
    made = message(f"see {LINK} " + "grüße " * 30, b"d4:infod1:xi1eee")
    found = list(pieces(bytes(made)))
    assert LINK in "".join(piece.text for piece in found)
    (attached,) = (piece for piece in found if piece.attached)
    assert (attached.data, attached.name) == (b"d4:infod1:xi1eee", "x.torrent")


def test_a_mailbox_that_another_program_wrote(tmp_path):
    box = mailbox.mbox(tmp_path / "box")
    for number in range(3):
        box.add(message(f"number {number}: {LINK}"))
    box.close()
    data = (tmp_path / "box").read_bytes()
    assert is_mail(data)
    texts = [piece for piece in pieces(data) if LINK in piece.text]
    assert len(texts) == 3
    assert [piece.place for piece in texts] == [f"message {n}, part 1" for n in (1, 2, 3)]


@pytest.mark.parametrize("between", [f"From somebody\n{LINK}", f"\nFrom a\nSubject: b\n\n{LINK}"])
def test_a_message_is_not_cut_where_a_line_begins_with_from(between):
    made = message(f"before\n{between}\n", b"d4:infod1:xi1eee")
    found = list(pieces(bytes(made)))
    assert sum(LINK in piece.text for piece in found) == 1
    assert sum(piece.attached for piece in found) == 1


def test_links_in_headers_are_read():
    made = message("nothing")
    del made["Subject"]
    made["Subject"] = f"grüße {LINK}"
    assert any(LINK in piece.text for piece in pieces(bytes(made)))
    assert any(LINK in piece.text for piece in pieces(f"From: a\n{LINK}\n".encode()))


def test_links_in_pages_and_over_soft_line_breaks():
    page = f'<a href="{LINK}&amp;dn=x&#38;xt=urn:sha1:y">x</a>' + " long line" * 20
    made = EmailMessage()
    made["From"] = "a@example.invalid"
    made.set_content(page, subtype="html", cte="quoted-printable")
    assert any(f"{LINK}&dn=x&xt=urn:sha1:y" in piece.text for piece in pieces(bytes(made)))


def test_damaged_base64_and_deep_nesting_are_said():
    damaged = b"From: a\nContent-Type: x/y\nContent-Transfer-Encoding: base64\n\nZDQ6aW5*mb2U\n"
    assert any("base64" in piece.reason for piece in pieces(damaged))
    deep = b"From: a\n" + b"Content-Type: message/rfc822\n\n" * 3000 + b"x"
    assert any("deep" in piece.reason for piece in pieces(deep))


def test_what_is_no_mail_is_not_taken_for_one():
    assert not is_mail(LINK.encode())
    assert not is_mail(b"d8:announce")
    assert is_mail(bytes(message("x")))


def test_too_many_parts_are_said():
    made = message("x")
    for _ in range(MOST_PARTS + 1):
        made.add_attachment("y")
    assert "more than" in list(pieces(bytes(made)))[-1].reason


@given(st.binary(max_size=300))
def test_any_bytes_end_in_pieces(data):
    for piece in pieces(b"From: a\nContent-Type: multipart/mixed; boundary=x\n\n" + data):
        assert piece.text or piece.data or piece.reason or not piece.data
