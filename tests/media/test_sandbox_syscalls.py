from __future__ import annotations

import re
from pathlib import Path

import pytest

from tidebreak.media.sandbox_syscalls import ALLOWED, CHECKED, DEADLY

HEADERS = [
    (Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), 0, r"#define __NR_(\w+)\s+(\d+)"),
    (Path("/usr/include/asm-generic/unistd.h"), 1, r"#define __NR(?:3264)?_(\w+)\s+(\d+)"),
]
# The generic table calls one function by its old name.
OTHER_NAMES = {"newfstatat": "fstatat"}


@pytest.mark.parametrize(("header", "column", "pattern"), HEADERS)
def test_the_numbers_are_those_of_the_kernels_headers(header: Path, column: int, pattern: str):
    if not header.exists():
        pytest.skip("needs the kernel's headers (linux-libc-dev)")
    known = {name: int(number) for name, number in re.findall(pattern, header.read_text())}
    for name, row in {**ALLOWED, **CHECKED, **DEADLY}.items():
        number = known.get(name, known.get(OTHER_NAMES.get(name, "")))
        assert row[column] == number, name
