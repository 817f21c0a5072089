from __future__ import annotations

from tidebreak.media.reporting import Collected, Report, Unread
from tidebreak.model import Examination

FOUND = Examination("", 1, "text/plain")


def test_what_is_collected_are_results_in_order():
    report = Collected()
    told(report)
    assert report.results == [FOUND, FOUND]


def test_what_nobody_reads_is_taken_all_the_same():
    told(Unread())


def told(report: Report) -> None:
    report.working(1)
    report.beat()
    report.draft(1, FOUND)
    report.result(1, FOUND, last=False)
    report.result(1, FOUND, last=True)
