"""The page for platforms, followed as it stands: its files, its commands, its nginx."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.gates.programs import accepts, found, free_port

from tidebreak.client import Client, Filter

PAGE = Path(__file__).parents[2] / "docs" / "howto-platform.md"
BLOCK = re.compile(r"([^\n]*(?:\n[^\n]+)*)\n\n *```(\w+)\n(.*?)```", re.DOTALL)
STARTED = ("tidebreak serve", "python application.py", "nginx ")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the page, and the paragraph above it."""

    before: str
    language: str
    text: str

    @property
    def file(self) -> str:
        """The name under which the page says to save it."""
        [name, *_] = re.findall(r"`([\w/]+\.\w+)`", self.before)
        return name


@dataclass
class Reader:
    """Does what the page says, in a folder and at ports of his own."""

    place: Path
    ports: dict[str, int] = field(
        default_factory=lambda: {old: free_port() for old in ("8480", "8398", "8080", "9000")}
    )
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        tools = self.place / "bin"
        tools.mkdir()
        for name, start in (("tidebreak", "-m tidebreak"), ("python", "")):
            (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {start} "$@"\n')
            (tools / name).chmod(0o700)
        path = f"{tools}:{os.environ['PATH']}:/usr/sbin:/sbin"
        self.environment = os.environ | {"PATH": path, "OMP_NUM_THREADS": "1"}

    def part(self, number: int) -> Iterator[Block]:
        text = PAGE.read_text()
        text = text.partition(f"\n## {number}. ")[2].partition("\n## ")[0]
        for old, new in self.ports.items():
            text = re.sub(rf"\b{old}\b", str(new), text)
        return (Block(*each) for each in BLOCK.findall(text))

    def follow(self, block: Block) -> str:
        """Save, run or start what a block says; return what was printed."""
        if block.language in ("python", "toml", "nginx"):
            # Workers of an nginx that root starts could not reach a folder that is root's alone.
            first = "user root;\n" if block.language == "nginx" and os.geteuid() == 0 else ""
            (self.place / block.file).write_text(first + block.text)
            return ""
        if block.language == "console":
            return "".join(self.command(line.strip()[2:]) for line in block.text.splitlines())
        if exports := re.findall(r'export (\w+)="\$PWD/([\w.]+)"', block.text):
            self.environment |= {name: str(self.place / file) for name, file in exports}
            return ""
        return self.shell(block.text) if block.language == "sh" else ""

    def command(self, line: str) -> str:
        if not line.startswith(STARTED):
            return self.shell(line) if line else ""
        if line == "tidebreak serve":
            line += f" --port {self.ports['8480']}"
        with (self.place / "log").open("ab") as log:
            self.running.append(
                subprocess.Popen(
                    ["sh", "-c", f"exec {line}"], cwd=self.place, env=self.environment,
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                )
            )  # fmt: skip
        opened = next(p for s, p in zip(STARTED, ("8480", "9000", "8080"), strict=True)
                      if line.startswith(s))  # fmt: skip
        self.until(lambda: accepts(self.ports[opened]))
        if opened == "8480":
            self.until(lambda: httpx.get(f"{self.url('8480')}/readyz", timeout=60).is_success)
        return ""

    def shell(self, text: str) -> str:
        done = subprocess.run(
            ["sh", "-ec", text], cwd=self.place, env=self.environment, text=True,
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (text, done.stdout, done.stderr)
        return done.stdout

    def until(self, holds: Callable[[], bool]) -> None:
        for _ in range(1200):
            if holds():
                return
            assert all(one.poll() is None for one in self.running), self.log()
            time.sleep(0.05)
        raise AssertionError(self.log())

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        self.running.remove(process)
        process.send_signal(signal.SIGINT)  # Ctrl-C, as the page says
        try:
            return process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise

    def log(self) -> str:
        return (self.place / "log").read_text() if (self.place / "log").exists() else ""

    def url(self, port: str) -> str:
        return f"http://127.0.0.1:{self.ports[port]}"

    def upload(self, name: str) -> httpx.Response:
        content = (self.place / name).read_bytes()
        kind = {"Content-Type": "application/octet-stream"}
        return httpx.post(
            f"{self.url('8080')}/upload/{name}", content=content, headers=kind, timeout=60
        )


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    for program in ("nginx", "curl", "openssl"):
        found(program)
    one = Reader(tmp_path)
    try:
        yield one
    finally:
        for process in list(one.running):
            one.stop(process)


@pytest.mark.slow
def test_whoever_follows_the_page_has_uploads_screened(reader: Reader):
    asks_first(reader)
    stands_in_front(reader)
    follows_the_lists(reader)
    lets_people_decide(reader)


def asks_first(reader: Reader) -> None:
    install, *blocks = reader.part(1)
    assert "git clone" in install.text
    for block in blocks:
        said = reader.follow(block)
        if "/v1/screen" in block.text:
            actions = [
                json.loads(reader.shell(block.text.replace("known.jpg", f"{name}.jpg")))
                for name in ("edited", "unknown")
            ]
            assert json.loads(said)["decision"]["action"] == "quarantine"
            assert [one["decision"]["action"] for one in actions] == ["review", "allow"]
            break
    else:
        raise AssertionError("the page asks no first question")
    assert reader.stop(reader.running[0]) == 0


def stands_in_front(reader: Reader) -> None:
    said, shown = "", ""
    for block in reader.part(2):
        if "more.txt" in block.text:
            break
        if block.language == "text":
            shown = block.text
        said += reader.follow(block) if block.language != "text" else ""
    assert shown
    assert said == shown
    stored = {line.split()[0] for line in shown.splitlines() if line.endswith("201")}
    assert {path.name for path in (reader.place / "uploads").iterdir()} == stored
    with (reader.place / "known.jpg").open("rb") as file:
        form = httpx.post(f"{reader.url('8080')}/upload/form", files={"file": file}, timeout=60)
    assert form.status_code == 403


def follows_the_lists(reader: Reader) -> None:
    [block] = [block for block in reader.part(2) if "more.txt" in block.text]
    assert reader.upload("unknown.jpg").status_code == 201
    reader.follow(block)
    deadline = time.monotonic() + 2
    while (answer := reader.upload("unknown.jpg")).status_code == 201:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert answer.status_code == 403


def lets_people_decide(reader: Reader) -> None:
    refused = reader.upload("known.jpg")
    reference = refused.text.split()[-1]
    blocks = {block.text.strip(): block for block in reader.part(3)}
    said = {text: reader.follow(block) for text, block in blocks.items() if "backup" not in text}
    lines = [line.split() for line in said["$ python waiting.py"].splitlines()]
    waiting = {line[1]: line[0] for line in lines}
    assert waiting[reference] in said["$ tidebreak gate kept kept"]
    with Client(reader.url("8480"), reader.place / "reviews.key") as client:
        reader.until(lambda: any(client.verdicts(Filter(retroactive=True))))
        known = client.verdict(waiting[reference])
    assert known.screened.decision.action == "quarantine"
    # While nobody can tell, nothing passes.
    reader.stop(next(one for one in reader.running if "serve" in str(one.args)))
    assert reader.upload("large.bin").status_code == 403
    [copies] = [block for text, block in blocks.items() if "backup" in text]
    assert "unbroken audit log" in reader.follow(copies)
