from __future__ import annotations

from pathlib import Path

import pytest
from tests.plugins.plugin_helper import MODULE, TYPES, write

from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.model import Level
from tidebreak.plugins.installed import InstalledPlugins
from tidebreak.plugins.process import PluginFailed


@pytest.fixture
def installed(installation: Tidebreak) -> InstalledPlugins:
    file = installation.home / "plugins.toml"
    return InstalledPlugins(file, installation.settings, installation.audit, "somebody")


def test_there_are_none_at_first(installed: InstalledPlugins):
    assert installed.all() == ()


def test_one_that_is_added_is_there_and_checked(
    installed: InstalledPlugins, installation: Tidebreak, plugin: Path
):
    made = installed.add(MODULE, Level.LEAD)
    assert installed.all() == (made,)
    assert (made.types, made.level) == (TYPES, Level.LEAD)
    assert tuple(one.name for one in installed.check(made)) == TYPES
    assert installed.add(MODULE, Level.NEAR).level is Level.NEAR
    assert len(installed.all()) == 1
    installed.remove(MODULE, "no longer wanted")
    assert installed.all() == ()
    actions = [event.action for event in installation.audit.page(0, 100)]
    assert actions.count("plugin.add") >= 2
    assert "plugin.remove" in actions


def test_code_that_has_changed_is_not_run(installed: InstalledPlugins, plugin: Path):
    made = installed.add(MODULE, Level.POSSIBLE)
    plugin.write_text(plugin.read_text() + "\n# a harmless remark\n")
    with pytest.raises(UsageError, match="not what it was"):
        installed.start(made)
    installed.check(installed.add(MODULE, Level.POSSIBLE))


@pytest.mark.parametrize("name", ["pdq", "sha256", "SHA-256".lower(), "pdna"])
def test_our_own_names_are_taken(installed: InstalledPlugins, plugin: Path, name: str):
    source = plugin.read_text().replace('return "words"', f'return "{name}"')
    write(plugin.parent, source, "another_plugin")
    with pytest.raises(UsageError, match="Tidebreak itself has already"):
        installed.add("another_plugin", Level.POSSIBLE)
    assert installed.all() == ()


def test_names_of_another_plug_in_are_taken_and_twice_is_once_too_often(
    installed: InstalledPlugins, plugin: Path
):
    installed.add(MODULE, Level.POSSIBLE)
    write(plugin.parent, module="another_plugin")
    with pytest.raises(UsageError, match=f"{MODULE} has already"):
        installed.add("another_plugin", Level.POSSIBLE)
    source = plugin.read_text().replace('return "size"', 'return "words"').replace(
        "PhotoMD5Signal,", ""
    )  # fmt: skip
    write(plugin.parent, source, "third_plugin")
    installed.remove(MODULE, "test")
    with pytest.raises(UsageError, match="third_plugin has already"):
        installed.add("third_plugin", Level.POSSIBLE)


@pytest.mark.parametrize("level", [Level.EXACT, Level.EXACT_WEAK, Level.ALLOWED, Level.NONE])
def test_a_plug_in_never_decides_alone(installed: InstalledPlugins, plugin: Path, level: Level):
    with pytest.raises(UsageError, match="nothing stronger"):
        installed.add(MODULE, level)


def test_without_types_there_is_nothing_to_add(installed: InstalledPlugins, plugin: Path):
    source = plugin.read_text().replace("signal_types=KINDS", "")
    write(plugin.parent, source, "another_plugin")
    with pytest.raises(UsageError, match="no signal types"):
        installed.add("another_plugin", Level.POSSIBLE)


def test_what_is_not_there_is_told(installed: InstalledPlugins, plugin: Path):
    with pytest.raises(UsageError, match="no module"):
        installed.add("of_nobody", Level.POSSIBLE)
    with pytest.raises(PluginFailed, match="no TX_MANIFEST"):
        installed.add("json", Level.POSSIBLE)
    with pytest.raises(UsageError, match="there are: none"):
        installed.remove("of_nobody", "test")


@pytest.mark.parametrize(
    "text",
    ["no toml", "plugin = 5", "[[plugin]]\nmodule = 'x'", "[[plugin]]\nmodule = 5\ndigest = ''\n"
     "types = []\nlevel = 'lead'", "[[plugin]]\nmodule = 'x'\ndigest = ''\ntypes = []\n"
     "level = 'exact'"],
)  # fmt: skip
def test_a_file_that_makes_no_sense_is_told(
    installed: InstalledPlugins, installation: Tidebreak, text: str
):
    (installation.home / "plugins.toml").write_text(text)
    with pytest.raises(UsageError, match=r"plugins\.toml"):
        installed.all()
