"""Write ``docs/reference.md`` from the code: every command's help, every setting.

Run ``python docs/make_reference.py`` after changing either; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from tidebreak.cli.app import app
from tidebreak.policy.reading import default_text
from tidebreak.service import config
from tidebreak.settings import template

HEAD = """\
# Reference: commands and settings

This page is written by `docs/make_reference.py` from the code itself.

Exit codes of every command: 0 nothing known was found (or the command did what it was asked), 1 something
known was found (`scan` and `match`), 2 an error, which is one sentence on standard error that says what to
do next.

## Where things are

| what | where | changed by |
|---|---|---|
| the installation | `~/.local/share/tidebreak`, or below `$XDG_DATA_HOME` | `--home`, `TIDEBREAK_HOME` |
| its key | `~/.config/tidebreak/`, or below `$XDG_CONFIG_HOME` | `init --key-file`, `TIDEBREAK_KEY_FILE` |
| settings | `settings.toml` in the installation | an editor; the environment, as below |
| lists | `tidebreak.db` and `snapshots/` in the installation | `tidebreak lists` |
| what was examined | `observations.db` in the installation | `tidebreak scan` |
| the service | `service.toml` in the installation | an editor, as below |
| the policy | `policy.toml` in the installation; the default below where there is none | an editor, then `tidebreak policy check` |
| the audit log | `audit.db` in the installation | every command that changes or looks up something |

## Commands
"""

SETTINGS = """\
## Settings

`settings.toml`, as `tidebreak init` writes it. The environment overrides it: `TIDEBREAK_WORKERS=1`,
`TIDEBREAK_LIMITS__FRAMES=16`. A name that is not known is an error. Sizes are in bytes, times in seconds.

"""


SERVICE = """
## The service

`service.toml`, every name at its default. A name that is not known is an error.

"""

POLICY = """
## The policy

The policy that is in force where there is no `policy.toml`, which is also where to begin one ([policy](policy.md)).

"""


def render() -> str:
    """Return the whole page."""
    root = typer.main.get_command(app)
    sections = [f"### `{name}`\n\n```text\n{text}\n```\n" for name, text in _helps(root)]
    files = (
        (SETTINGS, template()),
        (SERVICE, config.template()),
        (POLICY, default_text()),
    )
    written = "".join(f"{head}```toml\n{text.rstrip()}\n```\n" for head, text in files)
    return HEAD + "\n" + "\n".join(sections) + "\n" + written


def _helps(command: Any, path: str = "tidebreak", parent: Any = None) -> Iterator[tuple[str, str]]:
    context = command.make_context(path, [], parent=parent, resilient_parsing=True,
                                   terminal_width=96, max_content_width=96)  # fmt: skip
    yield path, command.get_help(context).strip()
    for name, child in getattr(command, "commands", {}).items():
        yield from _helps(child, f"{path} {name}", None)


if __name__ == "__main__":
    (Path(__file__).parent / "reference.md").write_text(render())
