from __future__ import annotations

import io
import os
import zipfile

from tidebreak.enrol.enrolment import Choices, Enrolment
from tidebreak.enrol.items import Label, Outcome
from tidebreak.enrol.journal import Journal
from tidebreak.enrol.labels import Labels
from tidebreak.enrol.order import Ids


def enrolled(desk, here, folder, choices=Choices()):  # noqa: B008 - frozen
    items = []
    with Journal(desk.folder / "journal", desk.vault, {}, frozenset(range(1000))) as journal:
        enrolment = Enrolment(journal, desk.sealer, choices, items.append)
        enrolment.run([os.fsencode(folder)], here(desk.settings))
        assert sum(enrolment.counts.values()) == len(items)
    return items


def test_members_of_archives_are_enrolled_each_for_itself(here, desk, pictures, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(pictures / "coffee.png", "inner/named.png")
        archive.writestr("readme", "words")
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.zip").write_bytes(packed.getvalue())
    items = enrolled(desk, here, tmp_path / "media", Choices(Labels(Label("C")), Ids.NAMES))
    told = {item.member: item.outcome for item in items}
    assert told == {
        "inner/named.png": Outcome.ENROLLED, "readme": Outcome.LEFT_OUT, "": Outcome.LEFT_OUT,
    }  # fmt: skip
    (entry,) = [item.entry for item in items if item.entry]
    assert (entry.key, entry.classification) == ("named.png", "C")


def test_a_file_that_changes_is_hashed_again(here, desk, pictures, tmp_path):
    folder = tmp_path / "media"
    folder.mkdir()
    path = folder / "a.png"
    path.write_bytes((pictures / "coffee.png").read_bytes())
    assert [item.outcome for item in enrolled(desk, here, folder)] == [Outcome.ENROLLED]
    assert [item.outcome for item in enrolled(desk, here, folder)] == [Outcome.ENROLLED]
    assert len(here.examined) == 1
    path.write_bytes((pictures / "inner" / "cat.jpg").read_bytes())
    enrolled(desk, here, folder)
    assert len(here.examined) == 2


def test_what_cannot_be_opened_is_told_and_tried_again(here, desk, pictures, tmp_path):
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "link.png").symlink_to(pictures / "coffee.png")
    for _ in range(2):
        (item,) = enrolled(desk, here, folder)
        assert item.outcome is Outcome.LEFT_OUT
        assert "link" in item.reason


def test_names_that_are_no_text_make_printable_ids(here, desk, pictures, tmp_path):
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "a\n\udcff.png").write_bytes((pictures / "coffee.png").read_bytes())
    (item,) = enrolled(desk, here, folder, Choices(ids=Ids.NAMES))
    assert item.entry.key.isprintable()
