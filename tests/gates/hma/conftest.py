"""A façade over a real installation; only the worker processes are left out."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import skimage
from anyio.from_thread import start_blocking_portal
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Mount

from tidebreak.access.roles import GRANTS, Permission, Principal, Role
from tidebreak.errors import OverLimit
from tidebreak.gates.hma.application import application
from tidebreak.gates.hma.hma import Hma
from tidebreak.gates.hma.options import Options
from tidebreak.installation import Tidebreak
from tidebreak.matching.observe import observe_signals
from tidebreak.media.examine import examine
from tidebreak.model import Examination, ListKind, Signal, Verdict
from tidebreak.settings import Settings
from tidebreak.spool import Spool

PHOTOGRAPHS = Path(skimage.__file__).parent / "data"


@cache
def photograph(name: str = "rocket.jpg") -> bytes:
    """A small photograph, quick to hash."""
    with Image.open(PHOTOGRAPHS / name) as image:
        return picture(image.convert("RGB").resize((256, 192)), "JPEG", quality=95)


def picture(image: Image.Image, format: str = "PNG", **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **how)
    return out.getvalue()


def black() -> bytes:
    return picture(Image.new("RGB", (300, 200)))


@dataclass
class State:
    ready: bool = True
    version: str = "1"


@dataclass
class Screens:
    """Hashes and matches in this process, by the same code as the workers and the screener."""

    opened: Tidebreak
    state: State = field(default_factory=State)
    broken: Exception | None = None

    async def hash(self, content: Spool, *, full: bool = False) -> tuple[Examination, ...]:
        assert full
        if self.broken:
            raise self.broken
        fd = content.open()
        try:
            return tuple(examine(fd, content.size, full, Settings()))
        finally:
            os.close(fd)

    async def match(self, items: Sequence[Sequence[Signal]]) -> tuple[list[Verdict], str]:
        if self.broken:
            raise self.broken
        asked = [observe_signals(item, self.opened.sealer) for item in items]
        judged = self.opened.matcher().judge(asked)
        return [one.verdict for one in judged], self.opened.catalogue.label


@dataclass
class Doors:
    """Lets in who has a key; ``full`` refuses to count more."""

    keys: dict[str, Principal] = field(default_factory=dict)
    full: bool = False
    charged: list[tuple[str, int]] = field(default_factory=list)
    looked: list[tuple[str, int, int, list[tuple[bytes, bool]]]] = field(default_factory=list)

    def add(self, name: str, *permissions: Permission, lists: frozenset[str] = frozenset()) -> str:
        self.keys[f"tb_{name}"] = Principal(name, name, frozenset(permissions), lists)
        return f"tb_{name}"

    def admit(self, bearer: str, address: str = "") -> Principal | None:
        return self.keys.get(bearer)

    def named(self, name: str) -> Principal | None:
        return self.keys.get(f"tb_{name}")

    def charge(self, principal: Principal, count: int) -> None:
        if self.full:
            raise OverLimit("Too much; come back later.", 3.2)
        self.charged.append((principal.name, count))

    def looked_up(
        self,
        principal: Principal,
        asked: int,
        hits: int,
        near: Iterable[tuple[bytes, bool]] = (),
    ) -> None:
        self.looked.append((principal.name, asked, hits, list(near)))


class Fetches:
    """Has pages instead of a network."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, bytes]] = {}
        self.content_type = ""

    async def fetch(self, url: str, spool: Spool, deadline: float) -> Fetches:
        self.content_type, content = self.pages[url]
        spool.write(content)
        return self


CURATOR = (
    *GRANTS[Role.PLATFORM], *GRANTS[Role.LIST_MANAGER], Permission.DISTANCES,
)  # fmt: skip


class Site:
    """A façade with a client that has every permission that any of its routes needs."""

    def __init__(self, opened: Tidebreak, stack: ExitStack, options: Options, as_key: str) -> None:
        self.opened, self.screens, self.doors = opened, Screens(opened), Doors()
        self.fetches = Fetches()
        self.key = self.doors.add("all", *CURATOR)
        self.hma = Hma(opened, self.screens, self.doors, options=options, fetcher=self.fetches)
        app = application(self.hma, as_key=as_key)
        mounted = Starlette(routes=[Mount("/hma", app), Mount("", app)])
        transport = httpx.ASGITransport(mounted, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://hma")
        self.portal = stack.enter_context(start_blocking_portal())
        stack.enter_context(self.portal.wrap_async_context_manager(self.hma))

    def send(self, method: str, path: str, key: str | None = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        if key == "":
            headers = {}
        headers |= more.pop("headers", {})
        if path.startswith("//"):  # the client would take that for a host
            path = f"http://hma{path}"
        return self.portal.call(partial(self.client.request, method, path, headers=headers, **more))

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.send("GET", path, params=query)

    def bank(self, name: str, **more: Any) -> None:
        assert self.send("POST", "/c/banks", json={"name": name, **more}).status_code == 201

    def add(self, bank: str, **signals: str) -> int:
        answer = self.send("POST", f"/c/bank/{bank}/signal", json=signals)
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def lookup(self, signal: str, type: str = "pdq", **more: Any) -> Any:
        answer = self.get("/m/lookup", signal=signal, signal_type=type, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def import_list(self, name: str, kind: ListKind, lines: str) -> None:
        file = self.opened.home / "list.csv"
        file.write_text(lines)
        self.opened.import_list(file, name=name, kind=kind)


MakeSite = Callable[..., Site]


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty installation, made once: a copy of it is quicker than another one."""
    folder = tmp_path_factory.mktemp("blank")
    Tidebreak.create(folder / "home", folder / "key").close()
    return folder / "home"


@pytest.fixture
def installation(blank: Path, tmp_path: Path) -> Iterator[Tidebreak]:
    shutil.copytree(blank, tmp_path / "home")
    with Tidebreak.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def make_site(installation: Tidebreak) -> Iterator[MakeSite]:
    with ExitStack() as stack:

        def make(*, as_key: str = "", **options: Any) -> Site:
            return Site(installation, stack, Options(**options), as_key)

        yield make


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site()


ONE = "facd8bcb2a49bcebdec1985298d5fe84bcd006c187c598c720c3c087b3fdb318"
NINE_OFF = "facd8bcb2a49bcebdec1985228d5ae84bcd006c187c598c720c2b087b3fdb318"
FAR = "0" * 32 + "f" * 32


def shifted(value: str, bits: int) -> str:
    """A hash that differs from ``value`` in so many bits."""
    return f"{int(value, 16) ^ ((1 << bits) - 1):064x}"
