from __future__ import annotations

import pytest

from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.matching.adapting import adapted, check_sandbox
from tidebreak.media.sandbox_ladder import Posture, Rung
from tidebreak.model import Depth
from tidebreak.settings import Settings

HELD, MISSING = Rung("process", True, "held"), Rung("limits", False, "not here")


@pytest.mark.parametrize(("least", "refused"), [(1, False), (2, True)])
def test_the_sandbox_must_reach_what_the_settings_ask_for(least: int, refused: bool):
    posture, settings = Posture((HELD, MISSING)), Settings(sandbox_minimum=least)
    if not refused:
        check_sandbox(posture, settings)
        return
    with pytest.raises(UsageError, match=r"level 1, .* ask for 2 .*no limits \(not here\)"):
        check_sandbox(posture, settings)


def test_what_no_list_could_be_matched_by_is_not_made(installation: Tidebreak):
    wanted = Settings(verify=True, regions=True, depth=Depth.DEEP)
    found = adapted(wanted, installation.matcher(Depth.FAST), installation.snapshot)
    assert (found.verify, found.regions, found.depth) == (False, False, Depth.FAST)
