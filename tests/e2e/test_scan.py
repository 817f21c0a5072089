"""The main job, end to end: real files, real workers, real pictures, the real command line."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import skimage
from PIL import Image
from tests.e2e.command import CommandLine

PICTURES = Path(skimage.__file__).parent / "data"


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with an installation whose list has one picture and one text."""
    place = tmp_path_factory.mktemp("prepared")
    command = CommandLine(place)
    command("init")
    (item,) = command.json("hash", PICTURES / "chelsea.png")
    text = hashlib.sha1(b"known text").hexdigest()
    rows = [["id", "sha256", "pdq", "sha1", "size"],
            ["cat", item["signals"]["sha256"], item["signals"]["pdq"], "", ""],
            ["text", "", "", text, "10"]]  # fmt: skip
    with (place / "list.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    command("lists", "import", "list.csv", "--name", "list", "--kind", "contraband")
    (place / "list.csv").unlink()
    return place


@pytest.fixture
def known(prepared: Path, tmp_path: Path) -> CommandLine:
    """A copy of the prepared installation."""
    shutil.copytree(prepared / "home", tmp_path / "home")
    shutil.copy(prepared / "key", tmp_path / "key")
    return CommandLine(tmp_path)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    (folder / "deep").mkdir(parents=True)
    cat = Image.open(PICTURES / "chelsea.png").convert("RGB")
    cat.save(folder / "deep" / "cat.jpg", quality=70)
    shutil.copy(PICTURES / "chelsea.png", folder / "renamed.bin")
    shutil.copy(PICTURES / "coffee.png", folder / "other.png")
    (folder / "text").write_bytes(b"known text")
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        buffer = io.BytesIO()
        cat.resize((cat.width * 2, cat.height * 2)).save(buffer, "WEBP")
        archive.writestr("in/cat.webp", buffer.getvalue())
    with tarfile.open(folder / "b.tgz", "w:gz") as archive:
        archive.add(folder / "a.zip", "nested/a.zip")
    return folder


def by_name(items: list[dict[str, Any]], folder: Path) -> dict[str, dict[str, Any]]:
    return {item["path"].removeprefix(f"{folder}/"): item for item in items}


def test_known_content_is_found_wherever_it_hides(known, disk: Path):
    items = by_name(known.json("scan", disk, expect=1), disk)
    levels = {path: item["verdict"]["level"] for path, item in items.items()}
    assert levels == {
        "renamed.bin": "exact", "text": "exact", "deep/cat.jpg": "near",
        "a.zip": "none", "a.zip!/in/cat.webp": "near", "b.tgz": "none",
        "b.tgz!/nested/a.zip": "none", "b.tgz!/nested/a.zip!/in/cat.webp": "near",
        "other.png": "none",
    }  # fmt: skip
    assert {item["state"] for item in items.values()} == {"matched", "clear"}
    (match,) = items["deep/cat.jpg"]["verdict"]["matches"]
    assert (match["list"], match["entry"], match["signal"]) == ("list", "cat", "pdq")
    assert 0 <= match["distance"] <= 31


def test_the_report_says_the_same_in_every_form(known, disk: Path):
    done = known("scan", disk, "--report", "report", expect=1)
    assert b"report.html" in done.stderr
    report = known.place / "report"
    items = [json.loads(line) for line in (report / "items.jsonl").read_text().splitlines()]
    rows = list(csv.DictReader((report / "items.csv").read_text().splitlines()))
    assert [row["path"] for row in rows] == [item["path"] for item in items]
    assert [row["level"] for row in rows] == [item["verdict"]["level"] for item in items]
    page = (report / "report.html").read_text()
    for item in items:
        shown = any(f">{item['path']}{end}" in page for end in ("\n", "<"))
        assert shown == (item["state"] == "matched")
    assert "<img" not in page
    assert "http" not in page.replace("http-equiv", "")
    manifest = json.loads((report / "manifest.json").read_text())
    assert manifest["lists"][0]["name"] == "list"
    assert manifest["sandbox"]["level"] >= 2
    assert sorted(path.name for path in report.iterdir()) == [
        "items.csv", "items.jsonl", "manifest.json", "report.html",
    ]  # fmt: skip


def test_no_hash_of_the_list_stands_in_the_installation_or_the_report(known, disk: Path):
    known("scan", disk, "--report", "report", expect=1)
    picture = (PICTURES / "chelsea.png").read_bytes()
    digests = [hashlib.sha1(b"known text"), hashlib.sha256(picture)]
    for folder in ("home", "report"):
        for path in (p for p in (known.place / folder).rglob("*") if p.is_file()):
            content = path.read_bytes()
            for digest in digests:
                assert digest.digest() not in content, path
                assert digest.hexdigest().encode() not in content.lower(), path


def test_exit_codes(known, disk: Path):
    known("scan", disk / "other.png", expect=0)
    known("scan", disk, expect=1)
    done = known("scan", disk / "gone", expect=2)
    assert b"is not there; check the path" in done.stderr
    (disk / "cut.jpg").write_bytes((PICTURES / "rocket.jpg").read_bytes()[:20_000])
    known("scan", disk / "cut.jpg", expect=0)
    known("scan", disk / "cut.jpg", "--strict", expect=2)
    known("lists", "disable", "list")
    done = known("scan", disk, expect=2)
    assert b"No hash list is enabled" in done.stderr


def test_what_a_limit_stopped_is_examined_again_when_the_limit_is_raised(known, disk: Path):
    picture = disk / "deep" / "cat.jpg"
    (item,) = known.json("scan", picture, TIDEBREAK_LIMITS__PICTURE_BYTES="1000", expect=0)
    assert "larger than the limit of 1000 bytes" in item["reason"]
    (item,) = known.json("scan", picture, expect=1)
    assert item["verdict"]["level"] == "near"


def test_a_report_that_cannot_be_written_is_said_before_the_scan(known, disk: Path):
    done = known("scan", disk, "--report", disk / "text", expect=2)
    assert b"cannot be written" in done.stderr
    assert b"No scan was interrupted" in known("scan", "--resume", expect=2).stderr


def test_without_an_installation_it_says_what_to_do(tidebreak, disk: Path):
    done = tidebreak("scan", disk, expect=2)
    assert b"tidebreak init" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("separator", "option"), [(b"\n", []), (b"\0", ["--null"])])
def test_paths_come_from_standard_input(known, disk: Path, separator: bytes, option: list[str]):
    paths = [os.fsencode(disk / "text"), os.fsencode(disk / "other.png"), b"/not/there"]
    items = known.json("scan", "-", *option, given=separator.join(paths), expect=1)
    assert [item["state"] for item in items] == ["not fully examined", "clear", "matched"]


def test_odd_names_and_odd_things_are_results(known, disk: Path):
    folder = os.fsencode(disk)
    with open(folder + b"/\xff\xfe\n.txt", "wb") as stream:  # noqa: PTH123 - not UTF-8
        stream.write(b"known text")
    os.mkfifo(disk / "fifo")
    (disk / "loop").symlink_to(disk)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(disk / "sock"))
        items = by_name(known.json("scan", disk, expect=1), disk)
    assert items["\\xff\\xfe\n.txt"]["verdict"]["level"] == "exact"
    assert bytes.fromhex(items["\\xff\\xfe\n.txt"]["path_hex"]).endswith(b"/\xff\xfe\n.txt")
    for name in ("fifo", "loop", "sock"):
        assert items[name]["state"] == "not fully examined"
        assert items[name]["reason"]


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root reads all")
def test_an_unreadable_file_is_a_result(known, disk: Path):
    (disk / "shut").write_bytes(b"x")
    (disk / "shut").chmod(0)
    if os.geteuid() == 0:
        # Root reads everything; a root without that capability does not.
        environment = known.environment
        done = subprocess.run(
            ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all",
             sys.executable, "-m", "tidebreak", "scan", "--json", disk],
            capture_output=True, env=environment, check=False,
        )  # fmt: skip
        items = [json.loads(line) for line in done.stdout.splitlines()]
    else:
        items = known.json("scan", disk, expect=1)
    shut = by_name(items, disk)["shut"]
    assert shut["state"] == "not fully examined"
    assert "permission" in shut["reason"].lower()


def test_a_scan_killed_at_any_moment_goes_on_and_loses_nothing(known, tmp_path: Path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(3000):
        content = b"known text" if number % 100 == 0 else os.urandom(30)
        (folder / f"{number:04}").write_bytes(content)
    resumed = []
    for wait in (1.8, 2.2, 2.6):
        running = known.start("scan", *resumed, folder)
        time.sleep(wait)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        resumed = ["--resume"]
    first = subprocess.run(
        [sys.executable, "-m", "tidebreak", "scan", "--resume", "--json"],
        env=known.environment, capture_output=True, check=False,
    )  # fmt: skip
    if first.returncode == 2:  # the last of the three had finished before it was killed
        assert b"No scan was interrupted" in first.stderr
        items = known.json("scan", folder, expect=1)
    else:
        items = [json.loads(line) for line in first.stdout.splitlines()]
    paths = [item["path"] for item in items]
    assert len(paths) == len(set(paths)) == 3000
    assert sum(item["state"] == "matched" for item in items) == 30


def test_an_interrupted_scan_says_how_to_go_on(known):
    running = known.start("scan", "-")
    running.stdin.write(b"/not/there\n")
    running.stdin.flush()
    time.sleep(3)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate()
    assert running.returncode == 2
    assert b"tidebreak scan --resume" in errors
    assert b"Traceback" not in errors


def test_hash_prints_the_stable_form(tidebreak):
    (item,) = tidebreak.json("hash", PICTURES / "chelsea.png")
    assert list(item)[:6] == ["path", "size", "state", "reason", "signals", "pdq_quality"]
    assert list(item["signals"]) == [
        "md5", "sha1", "sha256", "blake3", "ed2k", "ed2k-blue", "aich", "tth", "btv2", "cid-v0",
        "cid-v1", "cid-raw", "pdq",
    ]  # fmt: skip
    content = (PICTURES / "chelsea.png").read_bytes()
    assert item["signals"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert item["state"] == "examined"
    assert item["pdq_quality"] == 100


def test_hash_of_what_cannot_be_read_is_an_error(tidebreak, tmp_path: Path):
    (item,) = tidebreak.json("hash", tmp_path / "gone", expect=2)
    assert item["state"] == "not fully examined"
    assert item["signals"]["md5"] is None
