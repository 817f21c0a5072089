from __future__ import annotations

import pytest
from tests.seal.sealed_helper import import_numbers, signal_of

from tidebreak.errors import CannotAsk, Damaged, OverLimit, UsageError
from tidebreak.installation import Tidebreak
from tidebreak.seal.inputs import digests_of, inputs_of
from tidebreak.seal.online import service as module
from tidebreak.seal.online.issued import issue
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.limits import BATCH, Limits
from tidebreak.seal.online.operators import Operator
from tidebreak.seal.online.service import Service
from tidebreak.seal.oprf.voprf import blind, elements_of, finalise_proven


@pytest.fixture
def operator(service: Service) -> Operator:
    token = service.operators.add("one", Limits(per_day=2000))
    found = service.operators.admitted(token.operator, token.secret)
    assert found is not None
    return found


def values_of(service: Service, operator: Operator, keys: SealKeys, *numbers: int) -> bytes:
    blinded = blind([one for n in numbers for one in inputs_of([signal_of(n)])])
    answer, _ = service.evaluate(operator, blinded.elements.tobytes())
    evaluated = elements_of(answer[:-64])
    values = finalise_proven(blinded, evaluated, answer[-64:], keys.public)
    assert values is not None
    return digests_of(values).tobytes()


def test_evaluating_and_confirming(service: Service, operator: Operator, keys: SealKeys):
    values = values_of(service, operator, keys, 1, 2, 99)
    assert service.confirm(operator, values) == (b"\2\2\0", service.known.version)
    used = service.operators.used(operator)[0]
    assert (used.asked, used.hits) == (3, 2)


@pytest.mark.parametrize("size", [0, 31, 33, 32 * (BATCH + 1)])
def test_what_is_no_batch_is_refused_and_not_counted(
    service: Service, operator: Operator, size: int
):
    with pytest.raises(UsageError):
        service.evaluate(operator, bytes(size))
    assert not service.operators.used(operator)


@pytest.mark.parametrize("size", [0, 15, 17, 16 * (BATCH + 1)])
def test_what_are_no_values_is_refused(service: Service, operator: Operator, size: int):
    with pytest.raises(UsageError):
        service.confirm(operator, bytes(size))


def test_elements_that_are_none_cost_their_quota(service: Service, operator: Operator):
    # Otherwise anybody could make the server work for nothing.
    with pytest.raises(UsageError, match="Element 0 "):
        service.evaluate(operator, bytes(32))
    assert service.operators.used(operator)[0].asked == 1


def test_beyond_the_quota_nothing_is_evaluated(
    service: Service, operator: Operator, monkeypatch: pytest.MonkeyPatch
):
    elements = blind([bytes([n]) for n in range(250)] * 4).elements.tobytes()
    for _ in range(2):
        service.evaluate(operator, elements)
    monkeypatch.setattr(service._key, "prove", None)
    with pytest.raises(OverLimit):
        service.evaluate(operator, elements)


def test_the_lists_are_followed(service: Service, operator: Operator, listed: Tidebreak,
                                keys: SealKeys):  # fmt: skip
    values = values_of(service, operator, keys, 1, 50)
    before, version = service.set_of(operator)
    assert service.confirm(operator, values)[0] == b"\2\0"
    with Tidebreak.open(listed.home) as other:
        import_numbers(other, [50], "new")
        other.catalogue.withdraw("list", "#2", "test")
    service.follow()
    assert service.confirm(operator, values)[0] == b"\0\2"
    after = service.set_of(operator)
    assert after[1] != version
    assert after[0] != before
    assert service.set_of(operator)[0] is after[0]


def test_no_set_of_older_lists_is_kept_for_newer_ones(
    service: Service, operator: Operator, listed: Tidebreak, keys: SealKeys,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    with Tidebreak.open(listed.home) as other:
        import_numbers(other, [50], "new")

    class Overtaken:
        """A lock that is waited for until the lists have changed."""

        def __enter__(self) -> None:
            monkeypatch.undo()
            service.follow()

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(service, "_lock", Overtaken())
    service.set_of(operator)
    made, version = service.set_of(operator)
    assert version == service.known.version
    assert made == issue(service.known, keys, operator.id)


@pytest.mark.parametrize("error", [Damaged("The vault is damaged; restore it."), OSError(28, "")])
def test_lists_that_cannot_be_read_answer_nothing(
    service: Service, operator: Operator, listed: Tidebreak, monkeypatch: pytest.MonkeyPatch,
    error: Exception,
):  # fmt: skip
    with Tidebreak.open(listed.home) as other:
        import_numbers(other, [50], "new")

    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(module, "current", fail)
        for _ in range(2):
            with pytest.raises(type(error)):
                service.follow()
    for ask in (service.evaluate, service.confirm):
        with pytest.raises(CannotAsk):
            ask(operator, bytes(32))
    with pytest.raises(CannotAsk):
        service.set_of(operator)
    failures = [e for e in listed.audit.events() if e.action == "seal.set.failed"]
    assert len(failures) == 1
    service.follow()
    assert service.confirm(operator, bytes(16))[0] == b"\0"


def test_only_so_many_sets_are_kept(service: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_SETS_KEPT", 2)
    for name in ("one", "two", "three"):
        token = service.operators.add(name)
        found = service.operators.admitted(token.operator, token.secret)
        assert found is not None
        service.set_of(found)
    assert len(service._sets) == 2


def test_the_status_is_of_today(service: Service, operator: Operator, keys: SealKeys):
    assert service.status_of(operator)[0]["asked_today"] == 0
    values_of(service, operator, keys, 1, 2)
    status, version = service.status_of(operator)
    assert status["asked_today"] == 2
    assert status["per_day"] == 2000
    assert version == service.known.version
