from __future__ import annotations

from tidebreak.media.archive import Broken, Meter, Visitor
from tidebreak.media.intake import Whole
from tidebreak.media.visit import OUT_OF_MEMORY, Visit
from tidebreak.settings import Limits


def _visited(walk, limits: Limits | None = None, meter: Meter | None = None):
    limits = limits or Limits()
    members: list[tuple[str, Whole]] = []
    visit = Visit(
        limits, meter or Meter(100, limits), lambda *row: members.append(row), lambda: None
    )
    reason, outer = visit.run(walk, None)  # type: ignore[arg-type]
    return reason, outer, [(name, whole.data, whole.reason) for name, whole in members]


def _two_members(_, visitor: Visitor) -> None:
    for name in ("a", "b"):
        member = visitor.member(name)
        member.write(name.encode() * 10)
        member.close()


def test_members_are_delivered_in_order():
    delivered = [("a", b"a" * 10, ""), ("b", b"b" * 10, "")]
    assert _visited(_two_members) == ("", None, delivered)


def test_what_breaks_off_keeps_the_member_at_hand():
    for error, words in (
        (Broken("it is broken"), "it is broken"),
        (ValueError("bad\nnews\x1b[2J"), "damaged: bad news?[2J (ValueError)"),
        (KeyError(), "damaged: KeyError"),
        (MemoryError(), OUT_OF_MEMORY),
    ):

        def walk(_, visitor: Visitor, error: BaseException = error) -> None:
            visitor.remark("odd")
            visitor.remark("odd")
            visitor.member("a").write(b"half")
            raise error

        reason, outer, members = _visited(walk)
        assert (reason, outer) == (f"odd; {words}", None)
        ((name, data, why),) = members
        assert (name, data) == ("a", b"half")
        assert why


def test_a_limit_of_its_own_ends_the_walk():
    reason, outer, members = _visited(_two_members, Limits(archive_members=1))
    assert "more than 1 members" in reason
    assert outer is None
    assert [name for name, _, _ in members] == ["a"]


def test_a_limit_of_an_outer_archive_is_passed_on():
    limits = Limits(archive_bytes=15)
    outer = Meter(100, limits)
    reason, limit, members = _visited(_two_members, Limits(), Meter(100, Limits(), outer))
    assert "more than 15 bytes" in reason
    assert limit is not None
    assert limit.meter is outer
    assert [(name, bool(why)) for name, _, why in members] == [("a", False), ("b", True)]
