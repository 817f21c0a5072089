"""The command line in a process of its own, with an installation of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "tidebreak")


@dataclass(frozen=True)
class CommandLine:
    """Runs ``tidebreak`` as its user would."""

    place: Path

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "TIDEBREAK_HOME": str(self.place / "home"),
            "TIDEBREAK_KEY_FILE": str(self.place / "key"),
        }

    def __call__(
        self, *arguments: object, expect: int = 0, given: bytes | None = None, **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)], input=given, capture_output=True, check=False,
            env=self.environment | environment, cwd=self.place,
        )  # fmt: skip
        assert done.returncode == expect, (done.stdout + done.stderr).decode()
        return done

    def json(self, *arguments: object, expect: int = 0, **more: Any) -> list[dict[str, Any]]:
        done = self(*arguments, "--json", expect=expect, **more)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def start(self, *arguments: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*COMMAND, *map(str, arguments)], env=self.environment, cwd=self.place,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
