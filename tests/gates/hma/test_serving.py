from __future__ import annotations

import re
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import anyio.to_thread
import httpx
import pytest
from tests.gates import programs
from tests.gates.hma.conftest import CURATOR, Doors, Screens, photograph

from tidebreak.access.records import Scope
from tidebreak.access.roles import Role
from tidebreak.access.start import open_access
from tidebreak.errors import UsageError
from tidebreak.gates.hma.hma import Hma
from tidebreak.gates.hma.options import Options, options_of
from tidebreak.gates.hma.serving import serve
from tidebreak.installation import Tidebreak
from tidebreak.service.config import ServiceConfig
from tidebreak.service.start import started

FILE = {"photo": ("a.jpg", photograph(), "image/jpeg")}


async def until(ready: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    begun = time.monotonic()
    while not await ready():
        assert time.monotonic() < begun + seconds
        await anyio.sleep(0.05)


def test_a_listener_answers_at_a_port_and_is_closed(installation: Tidebreak):
    async def do() -> None:
        doors = Doors()
        doors.add("coop", *CURATOR)
        options = options_of({"listen": "127.0.0.1:0", "as_key": "coop"})
        async with Hma(installation, Screens(installation), doors, options=options) as hma:
            listener = await serve(hma)
            async with httpx.AsyncClient(base_url=f"http://{listener.place}") as client:
                assert (await client.get("/status")).text == "I-AM-ALIVE"
                assert (
                    await client.post(f"http://{listener.place}//c/banks", json={"name": "A"})
                ).status_code == 201
            await listener.close()
            with pytest.raises(OSError, match="refused"):
                socket.create_connection(("127.0.0.1", int(listener.place.rpartition(":")[2])))

    anyio.run(do)


def test_a_place_that_is_taken_is_an_error(installation: Tidebreak, tmp_path: Path):
    async def do(listen: str) -> None:
        hma = Hma(installation, Screens(installation), Doors(), options=Options(listen))
        with pytest.raises(UsageError, match="listen"):
            await serve(hma)
        hma.kept.close()

    anyio.run(do, f"unix:{tmp_path}/none/socket")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        anyio.run(do, f"127.0.0.1:{taken.getsockname()[1]}")


def test_the_proxy_of_the_documentation_adds_the_key(installation: Tidebreak, tmp_path: Path):
    nginx, port = programs.found("nginx"), programs.free_port()
    page = (Path(__file__).parents[3] / "docs" / "hma.md").read_text()
    [shown] = re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)

    async def do() -> None:
        doors = Doors()
        key = doors.add("coop", *CURATOR)
        options = options_of({"listen": "127.0.0.1:0"})
        async with Hma(installation, Screens(installation), doors, options=options) as hma:
            listener = await serve(hma)
            behind = f"http://{listener.place}/"
            conf = shown.replace("https://tidebreak.example/hma/", behind)
            conf = conf.replace("KEY", key).replace("9876", str(port))
            assert behind in conf
            (tmp_path / "nginx.conf").write_text(
                f"daemon off; master_process off; pid {tmp_path}/pid; events {{}}\n"
                "http { client_body_temp_path body; proxy_temp_path proxy;\n"
                "fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n"
                + conf + "}\n"
            )  # fmt: skip
            command = [nginx, "-p", str(tmp_path), "-c", "nginx.conf"]
            with programs.running(command, tmp_path):
                await until(lambda: anyio.to_thread.run_sync(programs.accepts, port))
                async with httpx.AsyncClient() as client:
                    # As Coop asks, without a key and with two slashes.
                    base = f"http://127.0.0.1:{port}//c/banks"
                    assert (await client.post(base, json={"name": "A"})).status_code == 201
                    assert (await client.get(f"{behind}c/banks")).status_code == 401
            await listener.close()

    anyio.run(do)


def test_the_whole_service_as_coop_uses_it(installation: Tidebreak, tmp_path: Path):
    """With real workers, keys and screener: over a socket file, since Coop can send no key."""
    place = tmp_path / "hma.sock"
    config = ServiceConfig(gates={"hma": {"listen": f"unix:{place}", "as_key": "coop"}})
    with open_access(installation) as access:
        roles = frozenset({Role.PLATFORM, Role.LIST_MANAGER})
        access.keys.add("coop", Scope(roles=roles), "test")

    async def do() -> None:
        transport = httpx.AsyncHTTPTransport(uds=str(place))
        async with (
            started(installation, config),
            httpx.AsyncClient(transport=transport, base_url="http://hma", timeout=30) as client,
        ):
            assert (await client.post("/c/banks", json={"name": "A"})).status_code == 201
            added = (await client.post("/c/bank/A/content", files=FILE)).json()

            async def found() -> bool:
                answer = await client.get(
                    "/m/lookup", params={"signal": added["signals"]["pdq"], "signal_type": "pdq"}
                )
                if answer.status_code == 503:  # no list yet: never an empty answer
                    return False
                assert answer.status_code == 200, answer.text
                shown = {"bank_content_id": added["id"], "distance": "31", "level": "near"}
                return answer.json() == {"A": [shown]}

            await until(found)
            by_file = await client.post("/m/lookup", files=FILE)
            assert by_file.json()["pdq"].keys() == {"A"}
            assert (await client.get("/status")).text == "I-AM-ALIVE"
            await client.delete(f"/c/bank/A/content/{added['id']}")

            async def gone() -> bool:
                return (await client.post("/m/lookup", files=FILE)).json() == {"pdq": {}}

            await until(gone)

    anyio.run(do)
    assert not place.exists()
