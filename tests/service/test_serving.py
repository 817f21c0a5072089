from __future__ import annotations

import pytest

from tidebreak.errors import UsageError
from tidebreak.service.config import Listen
from tidebreak.service.serving import listen


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
