"""The command line: translate, call one job, print.

Exit codes: 0 nothing known was found, 1 something known was found, 2 an error. Modules of a
command are imported when the command runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
import traceback

from tidebreak.errors import TidebreakError


def main() -> None:
    """Run the command line and exit with its code."""
    from tidebreak.cli.app import app

    try:
        app()
    except TidebreakError as error:
        print(f"tidebreak: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        # Whoever read our output has seen enough; say nothing, but do not claim success.
        sys.stderr.close()
        sys.exit(2)
    except KeyboardInterrupt:
        print("tidebreak: interrupted", file=sys.stderr)
        sys.exit(2)
    except Exception:
        # Python would exit with 1, which here means that something known was found.
        traceback.print_exc()
        print("tidebreak: this is a mistake in Tidebreak itself; please report it", file=sys.stderr)
        sys.exit(2)
