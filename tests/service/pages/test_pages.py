from __future__ import annotations

import re
import shutil
import threading
import time
from contextlib import contextmanager

import pyotp
import pytest
from tests.service.service_helper import Running

from tidebreak.access.roles import Role
from tidebreak.service.pages import pages
from tidebreak.service.routing import PUBLIC

PASSWORD = "a quite harmless sentence 9"


def file(name: str) -> str:
    [found] = [one for one in pages.routes() if one.path == name]
    assert found.rule.needs is PUBLIC
    return found.path


def test_its_files_are_there_for_all_and_run_nothing_that_is_not_a_file(shared: Running):
    for path, kind in (("/", "html"), ("/pages/page.js", "javascript"), ("/pages/page.css", "css")):
        answer = shared.send("GET", file(path), key="")
        assert answer.status_code == 200
        assert kind in answer.headers["content-type"]
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    page = shared.send("GET", "/", key="").text
    assert not re.search(r"<script[^>]*>[^<]|<style|\son\w+=|style=|https?://", page)
    assert set(re.findall(r'(?:src|href)="([^"]+)"', page)) == {
        "/pages/page.js", "/pages/page.css", "/v1/session/oidc",
    }  # fmt: skip


def test_the_way_to_a_provider_is_shown_where_there_is_one(service: Running):
    link = 'href="/v1/session/oidc"'
    assert f"<p hidden><a {link}" in service.send("GET", "/", key="").text
    object.__setattr__(service.parts, "oidc", object())
    assert f"<p><a {link}" in service.send("GET", "/", key="").text


def test_all_that_it_asks_for_is_an_address_of_the_service(shared: Running):
    script = shared.send("GET", "/pages/page.js", key="").text
    asked = set(re.findall(r'(?:ask|send)\("([^"]+)"', script))
    assert asked == {"/v1/status", "/v1/status/history", "/v1/session", "/v1/set-up",
                     "/v1/set-up/finish"}  # fmt: skip
    assert asked <= {one.path for one in shared.app.routes}


@contextmanager
def listening(service: Running):
    """The same service where a browser can reach it."""
    import uvicorn

    from tidebreak.service.application import enveloped

    config = uvicorn.Config(
        enveloped(service.app, quiet=True), port=0, log_level="critical", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def browser():
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    if path is None:
        pytest.skip("needs chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


def test_a_person_logs_in_looks_and_leaves(service: Running, browser):
    invitation = service.access.people.add("anna", frozenset({Role.AUDITOR}), "a test")
    entrance = service.parts.entrance
    codes = pyotp.TOTP(entrance.set_up.begin(invitation).secret)
    entrance.set_up.finish(invitation, PASSWORD, codes.at(time.time() - 30))
    service.parts.metrics.history.request("/v1/match", 200, 0.004)
    with listening(service) as port:
        page, wrong = browser.new_page(), []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"http://localhost:{port}/")
        page.wait_for_selector("#enter", state="visible")
        page.fill("#enter input[name=name]", "anna")
        page.fill("#enter input[name=password]", "something else 12345")
        page.fill("#enter input[name=code]", "123456")
        page.click("#enter button[type=submit]")
        page.wait_for_selector("text=That is not right")
        page.fill("#enter input[name=password]", PASSWORD)
        page.fill("#enter input[name=code]", codes.now())
        page.click("#enter button[type=submit]")
        page.wait_for_selector("#shown", state="visible")
        page.wait_for_selector("#state.good")
        assert page.locator("#rate path").count() == 1
        assert "3 of 4" in page.inner_text("#cards")
        page.reload()
        page.wait_for_selector("#shown", state="visible")
        page.click("#leave")
        page.wait_for_selector("#enter", state="visible")
        page.reload()
        page.wait_for_selector("#enter", state="visible")
        assert wrong == []


def test_somebody_who_was_invited_sets_up_an_account(service: Running, browser):
    invitation = service.access.people.add("ben", frozenset({Role.AUDITOR}), "a test")
    with listening(service) as port:
        page, wrong = browser.new_page(), []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"http://localhost:{port}/")
        page.click("#invited")
        page.fill("#begin input", "x" * 52)
        page.click("#begin button[type=submit]")
        page.wait_for_selector("#uninvited:has-text('invitation')")
        page.fill("#begin input", invitation)
        page.click("#begin button[type=submit]")
        page.wait_for_selector("#finish", state="visible")
        assert page.inner_text("#welcome") == "ben"
        codes = pyotp.parse_uri(page.inner_text("#uri"))
        assert codes.secret == page.inner_text("#secret").replace(" ", "")
        for again in ("another one entirely 7", PASSWORD):
            page.fill("#finish input[name=password]", PASSWORD)
            page.fill("#finish input[name=again]", again)
            page.fill("#finish input[name=code]", codes.now())
            page.click("#finish button[type=submit]")
            if again != PASSWORD:
                page.wait_for_selector("text=The two passwords are not the same.")
        page.wait_for_selector("#kept", state="visible")
        recovery = page.locator("#codes li").all_inner_texts()
        assert len(recovery) == 10
        assert codes.secret not in page.content()
        page.click("#done")
        assert recovery[0] not in page.content()
        page.fill("#enter input[name=name]", "ben")
        page.fill("#enter input[name=password]", PASSWORD)
        page.fill("#enter input[name=code]", recovery[0])
        page.click("#enter button[type=submit]")
        page.wait_for_selector("#state.good")
        assert wrong == []
