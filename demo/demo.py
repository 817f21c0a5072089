"""The demonstration: find known pictures in a folder of real photographs.

The photographs ship inside scikit-image. Some of them are put on a list; altered copies of those
and untouched others go into a folder; then Tidebreak is run exactly as you would run it.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import skimage
from PIL import Image, ImageOps

OUTPUT = Path("demo-output")
PICTURES = Path(skimage.__file__).parent / "data"
KNOWN = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "camera.png")
OTHERS = ("hubble_deep_field.jpg", "ihc.png", "coins.png", "moon.png", "retina.jpg", "brick.png",
          "grass.png", "gravel.png", "motorcycle_left.png", "page.png")  # fmt: skip
TIDEBREAK = (str(Path(sys.executable).parent / "tidebreak"),)


def main() -> None:
    """Build the folder and the list, scan, and check that everything known was found."""
    started = time.monotonic()
    shutil.rmtree(OUTPUT, ignore_errors=True)
    folder = OUTPUT / "disk"
    altered = make_copies(folder)
    print(f"A folder of {sum(p.is_file() for p in folder.rglob('*'))} files: {folder}\n")

    environment = {"TIDEBREAK_HOME": str(OUTPUT / "home"),
                   "TIDEBREAK_KEY_FILE": str(OUTPUT / "key")}  # fmt: skip
    os.environ.update(environment)
    run("init")
    hash_list = make_list(OUTPUT / "known.csv")
    run("lists", "import", str(hash_list), "--name", "demonstration", "--kind", "contraband",
        "--owner", "The demonstration", "--scheme", "demo")  # fmt: skip
    hash_list.unlink()  # a readable hash list is not left lying about
    run("scan", str(folder), "--report", str(OUTPUT / "report"), expect=1)
    check(altered)
    print(f"\nThe report for people: {OUTPUT / 'report' / 'report.html'}")
    print(f"Done in {time.monotonic() - started:.0f} s.")


def make_copies(folder: Path) -> set[str]:
    """Fill ``folder``; return the paths in which something known should be recognised."""
    (folder / "holiday").mkdir(parents=True)
    pictures = {name: Image.open(PICTURES / name).convert("RGB") for name in KNOWN}
    cat, face, cup = pictures["chelsea.png"], pictures["astronaut.png"], pictures["coffee.png"]
    rocket, man = pictures["rocket.jpg"], pictures["camera.png"]
    shutil.copy(PICTURES / "chelsea.png", folder / "holiday" / "IMG_0001.dat")
    cat.save(folder / "holiday" / "IMG_0002.jpg", quality=40)
    cat.resize((cat.width // 2, cat.height // 2)).save(folder / "holiday" / "small.webp")
    cat.quantize(64).save(folder / "holiday" / "few-colours.gif")
    face.save(folder / "portrait.avif", quality=50)
    face.convert("L").save(folder / "grey.jpg", progressive=True)
    face.convert("CMYK").save(folder / "print.jpg", quality=85)
    turned = Image.Exif()
    turned[0x0112] = 6
    cup.transpose(Image.Transpose.ROTATE_90).save(folder / "turned.jpg", exif=turned, quality=80)
    cup.point(lambda v: min(255, int(v * 1.2))).save(folder / "brighter.png")
    rocket.resize((rocket.width * 2, rocket.height * 2)).save(folder / "poster.tif")
    make_edits(folder, face, cup)
    make_archives(folder, man, rocket)
    expected = {str(p.relative_to(folder)) for p in folder.rglob("*.*") if p.suffix != ".gz"}
    expected -= {"papers.zip", "locked.zip"}
    expected |= {"papers.zip!/scans/0001.jpg", "backup.tar.gz!/deep/inner.zip!/0002.png"}
    for name in OTHERS:
        shutil.copy(PICTURES / name, folder / name)
    (folder / "notes.txt").write_text("nothing to see here\n")
    (folder / "cut-off.jpg").write_bytes((PICTURES / "retina.jpg").read_bytes()[:40_000])
    return expected


def make_edits(folder: Path, face: Image.Image, cup: Image.Image) -> None:
    """Do what people do to pictures: mirror them, frame them, put them beside others."""
    ImageOps.mirror(face).save(folder / "mirrored.jpg", quality=75)
    ImageOps.expand(cup, 40, "white").save(folder / "framed.jpg", quality=75)
    letterbox = Image.new("RGB", (600, 1000))
    letterbox.paste(cup, (0, 300))
    letterbox.save(folder / "story.jpg", quality=75)
    both = Image.new("RGB", (2 * cup.width, cup.height))
    both.paste(cup, (0, 0))
    both.paste(Image.open(PICTURES / "motorcycle_left.png").convert("RGB").resize(cup.size),
               (cup.width, 0))  # fmt: skip
    both.save(folder / "collage.jpg", quality=75)


def make_archives(folder: Path, first: Image.Image, second: Image.Image) -> None:
    """Hide two known pictures in archives, one of them in an archive inside another."""
    with zipfile.ZipFile(folder / "papers.zip", "w") as papers:
        papers.writestr("scans/0001.jpg", encoded(first, "JPEG"))
        papers.writestr("readme.txt", "a text")
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("0002.png", encoded(second, "PNG"))
    with tarfile.open(folder / "backup.tar.gz", "w:gz") as backup:
        member = tarfile.TarInfo("deep/inner.zip")
        member.size = len(inner.getvalue())
        backup.addfile(member, io.BytesIO(inner.getvalue()))
    (folder / "locked.zip").write_bytes(locked_archive())


def locked_archive() -> bytes:
    """Return an archive whose one member is marked as encrypted; nobody can look inside."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("secret.jpg", b"ciphertext, for all that one can tell")
    locked = bytearray(buffer.getvalue())
    locked[6] |= 1  # the flag in the member's own header
    locked[locked.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    return bytes(locked)


def encoded(picture: Image.Image, kind: str) -> bytes:
    """Return ``picture`` as a file."""
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def make_list(path: Path) -> Path:
    """Write the hash list that an owner of the known pictures would hand over."""
    command = [*TIDEBREAK, "hash", "--json", *(str(PICTURES / name) for name in KNOWN)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    with path.open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["id", "md5", "sha1", "sha256", "pdq", "size", "classification", "title"])
        for line in lines:
            item = json.loads(line)
            signals = item["signals"]
            title = Path(item["path"]).stem
            table.writerow([f"demo-{title}", signals["md5"], signals["sha1"], signals["sha256"],
                            signals["pdq"], item["size"], "harmless", title])  # fmt: skip
    return path


def run(*arguments: str, expect: int = 0) -> None:
    """Run ``tidebreak`` and show what is run."""
    print(f"$ tidebreak {shlex.join(arguments)}", flush=True)
    code = subprocess.run([*TIDEBREAK, *arguments], check=False).returncode
    print(flush=True)
    if code != expect:
        sys.exit(f"tidebreak {arguments[0]} ended with exit code {code}, expected was {expect}")


def check(expected: set[str]) -> None:
    """Compare what was recognised with what should have been."""
    root = str((OUTPUT / "disk").absolute())
    lines = (OUTPUT / "report" / "items.jsonl").read_text().splitlines()
    items = [json.loads(line) for line in lines]
    found = {i["path"].removeprefix(root + "/") for i in items if i["state"] == "matched"}
    if missed := sorted(expected - found):
        sys.exit(f"Not recognised, but should have been: {', '.join(missed)}")
    if wrong := sorted(found - expected):
        sys.exit(f"Recognised, but should not have been: {', '.join(wrong)}")
    print(f"All {len(expected)} altered copies were recognised, and nothing else.")


if __name__ == "__main__":
    main()
