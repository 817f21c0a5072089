"""The command line: translate, call one job, print."""

from __future__ import annotations
