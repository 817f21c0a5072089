from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from tests.gates import programs, swarm
from tests.gates.conftest import Oracle, make_torrent
from tests.gates.test_patrol import Memory
from typer.testing import CliRunner

from tidebreak import links
from tidebreak.cli.context import use_home
from tidebreak.cli.gate import _patrol, gate_app
from tidebreak.errors import UsageError
from tidebreak.gates.gate import Gate
from tidebreak.gates.patrol import Torrent
from tidebreak.gates.trackers import tracker_ids
from tidebreak.gates.web import NoAnswer
from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind, Signal
from tidebreak.signals import signal_type


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(gate_app, [str(each) for each in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def torrents(installation: Tidebreak, tmp_path: Path) -> dict[str, Path]:
    """A clear torrent, and a known one by a file that is in it."""
    use_home(installation.home)
    made: dict[str, Path] = {}
    for seed, name in enumerate(("clear", "known")):
        data = make_torrent(tmp_path, f"{name}.bin", [40_000], "hybrid", seed)
        made[name] = tmp_path / f"{name}.torrent"
        made[name].write_bytes(data)
    root = next(s for s in links.read_file(data).files[0].signals if s.type.name == "btv2")
    (tmp_path / "list.csv").write_text(f"btv2\n{root.text}\n")
    installation.import_list(tmp_path / "list.csv", name="known", kind=ListKind.CONTRABAND)
    return made


def test_what_is_clear_is_allowed_and_what_is_known_becomes_known_by_its_infohash(
    torrents: dict[str, Path], installation: Tidebreak, tmp_path: Path
):
    known = links.read_file(torrents["known"].read_bytes())
    by_infohash = [[Signal(signal_type("btih"), value)] for value in tracker_ids(known)]
    assert [answer.known for answer in installation.ask(by_infohash)] == [False, False]
    allowed = tmp_path / "allowed"
    said = run("allow", *torrents.values(), "--whitelist", allowed, code=1)
    assert "clear.torrent: allow" in said
    assert "known.torrent: refuse" in said
    clear = links.read_file(torrents["clear"].read_bytes())
    assert allowed.read_text().split() == sorted(each.hex() for each in tracker_ids(clear))
    assert [answer.known for answer in installation.ask(by_infohash)] == [True, True]
    events = [event.action for event in installation.audit.events()]
    assert "gate.hit" in events
    run("allow", torrents["clear"], "--whitelist", allowed, "--remove")
    assert allowed.read_text() == "0" * 40 + "\n"


def test_what_cannot_be_told_is_not_allowed(
    torrents: dict[str, Path], installation: Tidebreak, tmp_path: Path
):
    installation.catalogue.disable("known")
    allowed = tmp_path / "allowed"
    run("allow", torrents["clear"], "--whitelist", allowed, code=2)
    assert not allowed.exists()
    run("--on-failure", "open", "allow", torrents["clear"], "--whitelist", allowed)
    assert allowed.exists()
    with pytest.raises(UsageError, match="cannot be read"):
        run("allow", tmp_path / "missing", "--whitelist", allowed)


def test_what_became_known_is_allowed_no_longer_once_it_is_looked_at_again(
    torrents: dict[str, Path], installation: Tidebreak, tmp_path: Path
):
    allowed, clear = tmp_path / "allowed", torrents["clear"]
    run("allow", clear, "--whitelist", allowed)
    assert "0 are known" in run("allow", "--whitelist", allowed, "--recheck")
    before = allowed.read_text()
    infohash = links.read_file(clear.read_bytes()).signals[0]
    (tmp_path / "new.csv").write_text(f"btih\n{infohash.text}\n")
    installation.import_list(tmp_path / "new.csv", name="new", kind=ListKind.CONTRABAND)
    said = run("allow", "--whitelist", allowed, "--recheck", code=1)
    assert "of 2 allowed, 1 are known and 0 could not be told; 1 are allowed no longer" in said
    assert set(before.split()) - set(allowed.read_text().split()) == {infohash.value.hex()}
    events = [each for each in installation.audit.events() if each.action == "gate.rechecked"]
    assert [each.detail["why"] for each in events][1] in said
    for name in ("known", "new"):
        installation.catalogue.disable(name)
    run("allow", "--whitelist", allowed, "--recheck", code=2)
    assert infohash.value.hex() not in allowed.read_text()
    assert len(allowed.read_text().split()) == 1
    run("allow", "--whitelist", allowed, "--recheck", "--drop-untold", code=2)
    assert allowed.read_text() == "0" * 40 + "\n"


@pytest.mark.parametrize(
    "options", [[], ["--recheck", "x"], ["--recheck", "--remove"], ["x", "--drop-untold"]]
)
def test_either_files_are_allowed_or_all_is_looked_at_again(options: list[str], tmp_path: Path):
    with pytest.raises(UsageError, match="--recheck"):
        run("allow", "--whitelist", tmp_path / "allowed", *options)


def test_a_file_that_is_called_by_its_infohash_goes_by_its_number(
    torrents: dict[str, Path], installation: Tidebreak, tmp_path: Path
):
    name = links.read_file(torrents["known"].read_bytes()).signals[0].value.hex()
    named = torrents["known"].rename(tmp_path / f"{name}.torrent")
    allowed = tmp_path / "allowed"
    said = run("allow", torrents["clear"], named, "--whitelist", allowed, code=1)
    assert "(file 2): refuse" in said
    with pytest.raises(UsageError) as error:
        run("allow", f"{name}.torrent", "--whitelist", allowed)
    assert name not in said + str(error.value)
    assert all(name not in each.object for each in installation.audit.events())


def test_serve_answers_by_the_installation(
    torrents: dict[str, Path], installation: Tidebreak, tmp_path: Path
):
    port, token = programs.free_port(), tmp_path / "token"
    token.write_text("a word\n")
    token.chmod(0o600)
    code = "from tidebreak.cli.gate import gate_app; gate_app()"
    command = [sys.executable, "-c", code, "--on-hit", "hold", "serve", "--port", str(port),
               "--token-file", str(token), "--whitelist", str(tmp_path / "allowed")]  # fmt: skip
    environment = {**os.environ, "TIDEBREAK_KEY_FILE": str(tmp_path / "key"), "HOME": str(tmp_path)}
    home = Path(environment["HOME"]) / ".local" / "share" / "tidebreak"
    home.parent.mkdir(parents=True)
    home.symlink_to(installation.home)
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    swarm.until(lambda: programs.accepts(port))
    headers = {"Content-Type": "application/x-bittorrent", "Authorization": "Bearer a word"}
    decisions = {}
    for name, path in torrents.items():
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/check", path.read_bytes(), headers
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            decisions[name] = json.load(answer)["decision"]
            assert answer.headers["Tidebreak-Gate"] == "ok; on-failure=closed; on-hit=hold"
    assert decisions == {"clear": "allow", "known": "hold"}
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    events = [json.loads(line)["event"] for line in out.splitlines()]
    assert events == ["start", "hit", "stop"]
    assert len((tmp_path / "allowed").read_text().split()) == 2


@pytest.mark.parametrize("client", ["qbittorrent", "transmission"])
def test_a_client_that_is_not_there_is_an_error_at_the_start(
    client: str, torrents: dict[str, Path], tmp_path: Path
):
    (tmp_path / "password").write_text("a word\n")
    (tmp_path / "password").chmod(0o600)
    with pytest.raises(NoAnswer):
        run(client, "http://127.0.0.1:9/rpc", "--password-file", tmp_path / "password")


class Stopping(Memory):
    """A client during whose second look the operator ends the patrol."""

    looks = 0

    def torrents(self) -> list[Torrent]:
        self.looks += 1
        if self.looks == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return super().torrents()


def test_a_patrol_goes_on_until_it_is_stopped():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    client = Stopping()
    try:
        _patrol(client, Gate(Oracle()), True, 0.01, 1000.0)
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)
    assert client.looks == 2
