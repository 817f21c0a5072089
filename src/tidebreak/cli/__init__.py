"""The command line: translate, call one job, print.

Exit codes: 0 nothing known was found, 1 something known was found, 2 an error. Modules of a
command are imported when the command runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
import traceback

from tidebreak.errors import TidebreakError


class Stopped(Exception):
    """Carries what stopped a command past the framework, which would exit with 1 for it."""


def main() -> None:
    """Run the command line and exit with its code."""
    from tidebreak.cli.app import app

    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison] - closed by the caller
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - for the rest of the process
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # now: what is lost at the very end would be lost silently
    except Stopped as stopped:
        _explain(stopped.__cause__)
    except Exception as error:
        _explain(error)
    sys.exit(2)


def _explain(error: BaseException | None) -> None:
    """Say why the command ended, so that nobody takes it for a result."""
    if isinstance(error, TidebreakError):
        print(f"tidebreak: {error}", file=sys.stderr)
    elif isinstance(error, KeyboardInterrupt):
        print("tidebreak: interrupted", file=sys.stderr)
    elif isinstance(error, OSError):
        _drop_output()
        if not isinstance(error, BrokenPipeError):  # else whoever reads has seen enough
            what = ": ".join(filter(None, (error.strerror, error.filename or "the output")))
            print(f"tidebreak: {what}; make room or correct the permissions.", file=sys.stderr)
    else:
        traceback.print_exception(error)
        print("tidebreak: this is a mistake in Tidebreak itself; please report it", file=sys.stderr)


def _drop_output() -> None:
    """Let nothing be written any more: Python would try again when it ends, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
