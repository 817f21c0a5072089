from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import asynccontextmanager

import pytest

from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.service import serving
from tidebreak.service.config import Listen, ServiceConfig
from tidebreak.service.serving import listen, serve


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "screen.example"])
def test_without_tls_only_this_machine_is_answered(host: str):
    with pytest.raises(UsageError, match="--insecure-bind"):
        listen(Listen(host, 0))


def test_half_a_certificate_is_none():
    for at in (Listen(tls_cert="c"), Listen(tls_key="k")):
        with pytest.raises(UsageError, match="both"):
            listen(at)


def test_a_port_that_is_taken_is_told():
    with (
        listen(Listen(port=0)) as taken,
        pytest.raises(UsageError, match="another"),
    ):
        listen(Listen(port=taken.getsockname()[1]))


def test_said_aloud_others_may_be_answered_without_tls():
    with listen(Listen("0.0.0.0", 0, insecure_bind=True)) as listening:
        assert listening.getsockname()[1]


@pytest.fixture
def interruptible():
    """Sets whether SIGINT is heard at all: in the background of a shell it is not."""
    before = signal.getsignal(signal.SIGINT)
    handlers = {True: signal.default_int_handler, False: signal.SIG_IGN}
    yield lambda heard: signal.signal(signal.SIGINT, handlers[heard])
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("number", "heard"), [(signal.SIGINT, True), (signal.SIGTERM, True), (signal.SIGTERM, False)]
)
def test_told_to_stop_while_it_starts_it_ends_in_order(
    installation: Tidebreak, monkeypatch: pytest.MonkeyPatch, number: int, heard: bool,
    interruptible: Callable[[bool], object], capfd: pytest.CaptureFixture[str],
):  # fmt: skip
    told: list[str] = []
    interruptible(heard)

    @asynccontextmanager
    async def starting(*_: object):
        try:
            os.kill(os.getpid(), number)
            await asyncio.sleep(10)
            told.append("went on")
            yield
        finally:
            told.append("ended")

    monkeypatch.setattr(serving, "started", starting)
    before = signal.getsignal(signal.SIGTERM)
    with listen(Listen(port=0)) as listener:
        serve(installation, ServiceConfig(), listener, lambda: told.append("ready"))
    assert told == ["ended"]
    assert signal.getsignal(signal.SIGTERM) is before
    assert '"event": "stop"' in capfd.readouterr().err


def test_what_cannot_start_is_never_ready(installation: Tidebreak, monkeypatch: pytest.MonkeyPatch):
    @asynccontextmanager
    async def failing(*_: object):
        raise UsageError("a gate without a kind")
        yield

    monkeypatch.setattr(serving, "started", failing)
    with listen(Listen(port=0)) as listener, pytest.raises(UsageError, match="gate"):
        serve(installation, ServiceConfig(), listener, lambda: pytest.fail("ready"))
