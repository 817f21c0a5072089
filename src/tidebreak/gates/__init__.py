"""Gates: where peer-to-peer software already calls out, ask whether something is known.

A gate holds no list and no logic of its own. It reads what it is handed (metainfo, a link, an
announce), asks whoever can tell (`tidebreak.asking`), and says allow, refuse or hold. Nothing is
deleted on a hit, nothing is fetched, and a question that cannot be answered is never a yes by
accident: ``docs/gates.md``. `gate.Gate` is what the adapters share; each adapter is a module.
"""

from __future__ import annotations
