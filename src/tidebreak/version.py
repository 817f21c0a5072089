"""Which Tidebreak this is: part of every report, since results are repeated with the same one."""

from __future__ import annotations

VERSION = "0.1.0"
