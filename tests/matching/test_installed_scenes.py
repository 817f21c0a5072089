from __future__ import annotations

import base64
from dataclasses import replace

import pytest
import skimage.data

from tidebreak.installation import Tidebreak
from tidebreak.matching.verified import KnownScenes
from tidebreak.media.features import KNOWN, extract
from tidebreak.model import ListKind
from tidebreak.watch.recognition import Known


def add(installation: Tidebreak, name: str) -> None:
    features = extract(getattr(skimage.data, name)(), KNOWN).value()
    file = installation.home / f"{name}.csv"
    file.write_text(f"id,orb\n{name},{base64.b64encode(features).decode()}\n")
    installation.import_list(file, name=name, kind=ListKind.CONTRABAND)


def test_scenes_are_read_again_only_when_the_lists_have_changed(installation: Tidebreak):
    assert not installation.scenes.known()
    add(installation, "astronaut")
    first = installation.scenes.known()
    assert len(first) == KNOWN
    assert installation.scenes.known() is first
    add(installation, "coffee")
    assert len(installation.scenes.known()) == 2 * KNOWN
    installation.catalogue.remove("coffee", "a test")
    assert len(installation.scenes.known()) == KNOWN


def test_streams_do_without(installation: Tidebreak, monkeypatch: pytest.MonkeyPatch):
    add(installation, "astronaut")
    installation.settings = replace(installation.settings, verify=True)
    assert installation.matcher().verifies
    monkeypatch.setattr(KnownScenes, "load", None)
    add(installation, "coffee")
    known = Known.of(installation, None)
    assert not known.matcher.verifies
    known.refresh()
    with pytest.raises(TypeError):
        installation.matcher()
