from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest
from tests.client.service_helper import SCREENED

from tidebreak.client.bodies import Content
from tidebreak.client.errors import AskPermission, CannotAsk, CheckKey, ComeBack, SendLess
from tidebreak.client.fields import Fields
from tidebreak.client.reading import read_screened
from tidebreak.client.screening import RemoteScreens
from tidebreak.model import Signal
from tidebreak.screens import Origin, Overloaded, Screened
from tidebreak.spool import Spool

FOUND = read_screened(Fields(SCREENED))


class Elsewhere:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def screen(self, content: Content, origin: Origin | None = None) -> Screened:
        assert isinstance(content, Spool)
        return self._found()

    async def screen_signals(
        self, items: Sequence[Sequence[Signal]], origin: Origin | None = None
    ) -> list[Screened]:
        return [self._found()] * len(items)

    def _found(self) -> Screened:
        if self.error:
            raise self.error
        return FOUND


def both(folder: Path, error: Exception | None = None) -> list[object]:
    async def call() -> list[object]:
        screens, ends = RemoteScreens(Elsewhere(error)), list[object]()
        with Spool(folder, 10) as spool:
            for asking in (screens.screen(spool, Origin()), screens.screen_signals([[]], Origin())):
                try:
                    ends.append(await asking)
                except Exception as caught:
                    ends.append(caught)
        return ends

    return anyio.run(call)


def test_what_the_service_says_is_passed_on(tmp_path: Path):
    assert both(tmp_path) == [FOUND, [FOUND]]


def test_too_much_to_do_says_for_how_long(tmp_path: Path):
    for end in both(tmp_path, ComeBack("later", 2.2)):
        assert isinstance(end, Overloaded)
        assert end.seconds == 3


@pytest.mark.parametrize("kind", [CheckKey, AskPermission, SendLess])
def test_a_refusal_is_no_answer_since_nobody_has_looked(tmp_path: Path, kind: type[CheckKey]):
    for end in both(tmp_path, kind("The service refused", 403)):
        assert isinstance(end, CannotAsk)
        assert "refused" in str(end)


def test_no_answer_stays_none(tmp_path: Path):
    assert all(isinstance(end, CannotAsk) for end in both(tmp_path, CannotAsk("silence")))
