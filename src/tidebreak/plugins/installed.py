"""The plug-ins of one installation: none, until somebody names a module. ``plugins.toml`` has them.

A module that changes after it was added is not run: whoever added it looked at what it was then.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidebreak.audit.log import AuditLog
from tidebreak.errors import UsageError
from tidebreak.files import SHARED, replace_whole
from tidebreak.model import Level
from tidebreak.plugins.places import digest_of, place_of
from tidebreak.plugins.process import Offered, PluginProcess
from tidebreak.settings import Settings
from tidebreak.signals import find_signal_type

LEVELS = (Level.NEAR, Level.POSSIBLE, Level.LEAD)
"""What a match by a plug-in may mean. None is stronger: its comparison is not ours."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A module that may be run while its files have the SHA-256 ``digest``.

    ``types`` are the names of its signal types, ``level`` is what a match by them means.
    """

    module: str
    digest: str
    types: tuple[str, ...]
    level: Level


class InstalledPlugins:
    """What ``file`` names, which need not be there. Every change is audited."""

    def __init__(self, file: Path, settings: Settings, audit: AuditLog, actor: str) -> None:
        self._file, self._settings = file, settings
        self._audit, self._actor = audit, actor

    def all(self) -> tuple[Plugin, ...]:
        """Return the plug-ins in the order in which they were added; raises `UsageError`."""
        try:
            tables: Any = tomllib.loads(self._file.read_text(encoding="utf-8")).get("plugin", [])
            return tuple(map(_plugin, tables))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"{self._file} cannot be used ({type(error).__name__}); correct it, or delete it to"
                " be without plug-ins."
            ) from None

    def check(self, plugin: Plugin) -> tuple[Offered, ...]:
        """Start a plug-in and return what it offers.

        Raises `UsageError` when it has changed since it was added, `PluginFailed` when it cannot
        be used.
        """
        with self.start(plugin) as process:
            return process.types

    def start(self, plugin: Plugin) -> PluginProcess:
        """Return a process with ``plugin``; raises as `check` does."""
        if digest_of(place_of(plugin.module)) != plugin.digest:
            raise UsageError(
                f"{plugin.module} is not what it was when it was added; look at what has changed,"
                f" then: tidebreak plugins add {plugin.module}"
            )
        process = PluginProcess(plugin.module, self._settings)
        if tuple(one.name for one in process.types) != plugin.types:
            process.close()
            raise UsageError(
                f"{plugin.module} has other types than when it was added; add it again: tidebreak"
                f" plugins add {plugin.module}"
            )
        return process

    def add(self, module: str, level: Level) -> Plugin:
        """Try ``module`` out, locked down, and take it in, or again as it is now.

        Raises `UsageError` for a type whose name is taken, `PluginFailed` when it cannot be used.
        """
        if level not in LEVELS:
            raise UsageError(f"A plug-in's match means {', '.join(LEVELS)}, nothing stronger.")
        others = [plugin for plugin in self.all() if plugin.module != module]
        digest = digest_of(place_of(module))
        with PluginProcess(module, self._settings) as process:
            names = [one.name for one in process.types]
        _check_names(module, names, others)
        made = Plugin(module, digest, tuple(names), level)
        detail = {"types": ", ".join(names), "level": level.value, "digest": digest[:16]}
        with self._audit.around("plugin.add", self._actor, module, detail):
            self._write([*others, made])
        return made

    def remove(self, module: str, reason: str) -> None:
        """Take a plug-in out; what lists hold for it stays where it is."""
        known = self.all()
        if module not in [plugin.module for plugin in known]:
            names = ", ".join(plugin.module for plugin in known) or "none"
            raise UsageError(f"There is no plug-in '{module}'; there are: {names}.")
        with self._audit.around("plugin.remove", self._actor, module, {"reason": reason}):
            self._write([plugin for plugin in known if plugin.module != module])

    def _write(self, plugins: Sequence[Plugin]) -> None:
        tables = [
            [
                "[[plugin]]",
                f'module = "{one.module}"',
                f'digest = "{one.digest}"',
                f"types = {json.dumps(one.types)}",
                f'level = "{one.level}"',
                "",
            ]
            for one in plugins
        ]
        head = ["# Written by 'tidebreak plugins add' and 'remove'.", ""]
        text = "\n".join([*head, *(line for table in tables for line in table)])
        replace_whole(self._file, text.encode(), SHARED)


def _plugin(values: Any) -> Plugin:
    texts = (values["module"], values["digest"], *values["types"])
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    level = Level(values["level"])
    if level not in LEVELS:
        raise ValueError
    return Plugin(values["module"], values["digest"], tuple(values["types"]), level)


def _check_names(module: str, names: Sequence[str], others: Iterable[Plugin]) -> None:
    """Raise `UsageError` unless every name is new, and there is one."""
    if not names:
        raise UsageError(f"{module} has no signal types; there is nothing to add.")
    taken = {name: plugin.module for plugin in others for name in plugin.types}
    for place, name in enumerate(names):
        owner = taken.get(name) or (module if name in names[:place] else "")
        if find_signal_type(name):
            owner = "Tidebreak itself"
        if owner:
            raise UsageError(
                f"{module} has a type '{name}', which {owner} has already; two meanings of one name"
                " cannot be told apart, so it is not added."
            )
