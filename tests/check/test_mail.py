from __future__ import annotations

import mailbox
from email.message import EmailMessage

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
    assert [piece.data for piece in found if piece.data] == [b"d4:infod1:xi1eee"]


def test_a_mailbox_that_another_program_wrote(tmp_path):
    box = mailbox.mbox(tmp_path / "box")
    for number in range(3):
        box.add(message(f"number {number}: {LINK}"))
    box.close()
    data = (tmp_path / "box").read_bytes()
    assert is_mail(data)
    texts = [piece for piece in pieces(data) if LINK in piece.text]
    assert [piece.place for piece in texts] == [f"message {n}, part 1" for n in (1, 2, 3)]


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
