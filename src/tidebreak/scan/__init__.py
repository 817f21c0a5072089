"""The main job: walk, examine, match, report, resume."""

from __future__ import annotations
