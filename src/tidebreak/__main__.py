"""``python -m tidebreak`` is the command line."""

from __future__ import annotations

from tidebreak.cli import main

main()
