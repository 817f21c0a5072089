from __future__ import annotations

import base64
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from tests.access.provider import ISSUER, FakeProvider, Key, b64, known_key

from tidebreak.access.entrance import Denied
from tidebreak.access.ledger import Ledger
from tidebreak.access.oidc import STATE_COOKIE_ATTRIBUTES, Oidc
from tidebreak.access.oidc_provider import Provider
from tidebreak.access.oidc_settings import OidcSettings
from tidebreak.access.people import People
from tidebreak.access.roles import Permission, Role
from tidebreak.errors import CannotAsk, OverLimit

SETTINGS = OidcSettings(
    ISSUER, "tidebreak", "https://tb.example/v1/session/return",
    {"analysts": frozenset({Role.ANALYST}), "bosses": frozenset({Role.ADMINISTRATOR})}, "s3cret",
)  # fmt: skip


@pytest.fixture(scope="module")
def key() -> Key:
    return known_key("one")


@pytest.fixture(scope="module")
def other_key() -> Key:
    return known_key("two")


@pytest.fixture
def fake(clock, key: Key) -> FakeProvider:
    return FakeProvider(clock, key)


@pytest.fixture
def oidc(ledger: Ledger, fake: FakeProvider, clock) -> Oidc:
    return Oidc(ledger, SETTINGS, Provider(SETTINGS, fake.client, clock))


def log_in(oidc: Oidc, fake: FakeProvider, **changes: str):
    begun = oidc.begin()
    answer = fake.visit(begun.url) | changes
    return oidc.finish(answer, begun.state)


def test_somebody_logs_in_with_the_roles_of_the_groups(oidc, fake, ledger, told):
    session = log_in(oidc, fake)
    assert session.principal.name == "ann"
    assert session.principal.may(Permission.DISTANCES)
    assert not session.principal.may(Permission.ACCESS)
    assert told() == [("access.person.add", "provider", "ann"),
                      ("access.login", "person ann", "session")]  # fmt: skip
    fake.claims["groups"] = ["bosses", "others"]
    again = log_in(oidc, fake).principal
    assert again.id == session.principal.id
    assert again.may(Permission.ACCESS)
    assert [one.name for one in People(ledger).everyone()] == ["ann"]


def test_what_is_sent_is_pkce_by_authlib_s_own_word(oidc: Oidc, ledger: Ledger):
    begun = oidc.begin()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.url).query).items()}
    pending = oidc._take(begun.state)
    assert asked["code_challenge"] == create_s256_code_challenge(pending["verifier"])
    assert 43 <= len(pending["verifier"]) <= 128
    assert asked["nonce"] == pending["nonce"] not in ledger.sql.rows("SELECT * FROM pending")
    assert asked["redirect_uri"] == SETTINGS.redirect_url


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"aud": "somebody else"},
        {"aud": ["tidebreak", "somebody else"]},
        {"aud": ["tidebreak", "somebody else"], "azp": "somebody else"},
        {"azp": "somebody else"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"groups": []},
        {"groups": None},
        {"groups": {"analysts": True}},
        {"groups": ["others", 3, None]},
    ],
)
def test_claims_that_are_not_in_order_let_nobody_in(oidc, fake, changes, ledger):
    fake.changes = changes
    with pytest.raises(Denied):
        log_in(oidc, fake)
    assert People(ledger).everyone() == []
    assert ledger.sql.rows("SELECT * FROM session") == []


def test_several_may_be_meant_when_we_are_the_one_who_asked(oidc, fake):
    fake.changes = {"aud": ["tidebreak", "api"], "azp": "tidebreak", "groups": "analysts"}
    assert log_in(oidc, fake)


def test_a_token_that_somebody_else_signed_lets_nobody_in(oidc, fake, other_key, key):
    fake.signed_with = other_key
    with pytest.raises(Denied):
        log_in(oidc, fake)
    forged = Key(key.kid)
    fake.signed_with = forged
    with pytest.raises(Denied):
        log_in(oidc, fake)


def test_tokens_without_a_real_signature_let_nobody_in(oidc: Oidc, fake, key: Key):
    good = key.sign({"iss": ISSUER, "aud": "tidebreak", "nonce": "n", "sub": "1",
                     "iat": int(fake.clock.now), "exp": int(fake.clock.now) + 60})  # fmt: skip
    assert oidc._claims(good, "n")["sub"] == "1"
    _, claims, signature = good.split(".")
    none = b64(json.dumps({"alg": "none"}).encode())
    head = b64(json.dumps({"alg": "HS256", "kid": "one"}).encode())
    public = base64.urlsafe_b64decode(key.public["n"] + "==")
    mac = b64(hmac.digest(public, f"{head}.{claims}".encode(), "sha256"))
    for token in (f"{none}.{claims}.", f"{head}.{claims}.{mac}", f"{head}.{claims}.{signature}",
                  "", "a.b.c", good[:-4]):  # fmt: skip
        with pytest.raises(Denied):
            oidc._claims(token, "n")


def test_a_state_is_of_one_browser_good_once_and_for_ten_minutes(oidc, fake, clock):
    begun, other = oidc.begin(), oidc.begin()
    answer = fake.visit(begun.url)
    for cookie in ("", other.state, "\udcff"):
        with pytest.raises(Denied, match="this browser"):
            oidc.finish(answer, cookie)
    with pytest.raises(Denied, match="this browser"):
        oidc.finish({"code": "x"}, "")
    oidc.finish(answer, begun.state)
    with pytest.raises(Denied, match="over"):
        oidc.finish(fake.visit(begun.url), begun.state)
    answer = fake.visit(other.url)
    clock.now += 601
    with pytest.raises(Denied, match="too long ago"):
        oidc.finish(answer, other.state)
    assert "SameSite=Lax" in STATE_COOKIE_ATTRIBUTES


@pytest.mark.parametrize("changes", [{"iss": "https://evil.example"}, {"code": "stolen"}])
def test_an_answer_of_another_or_with_another_s_code_lets_nobody_in(oidc, fake, changes):
    with pytest.raises(Denied):
        log_in(oidc, fake, **changes)


def test_a_refusal_there_is_one_here(oidc: Oidc, fake: FakeProvider):
    begun = oidc.begin()
    answer = {"error": "access_denied", "state": begun.state, "iss": ISSUER}
    with pytest.raises(Denied, match="let nobody in"):
        oidc.finish(answer, begun.state)
    missing = fake.visit(oidc.begin().url)
    del missing["iss"]
    with pytest.raises(Denied):
        oidc.finish(missing, missing["state"])


def test_new_keys_are_taken_up_and_invented_names_ask_once_a_minute(
    oidc: Oidc, fake: FakeProvider, other_key: Key, clock
):
    log_in(oidc, fake)
    fake.keys = [other_key]
    clock.now += 61
    log_in(oidc, fake)
    asked = fake.asked.count("/keys")
    fake.signed_with = known_key("invented")
    for _ in range(5):
        with pytest.raises(Denied):
            log_in(oidc, fake)
    assert fake.asked.count("/keys") == asked


def test_whoever_is_disabled_here_stays_out(oidc, fake, ledger):
    log_in(oidc, fake)
    People(ledger).disable("ann", "uid 0", "left")
    with pytest.raises(Denied, match="disabled"):
        log_in(oidc, fake)


def test_beginning_over_and_over_is_slowed_down(oidc: Oidc, fake: FakeProvider, ledger: Ledger):
    for _ in range(30):
        begun = oidc.begin("192.0.2.1")
        oidc.finish(fake.visit(begun.url), begun.state, "192.0.2.1")
    for _ in range(20):
        oidc.begin("192.0.2.1")
    with pytest.raises(OverLimit):
        oidc.begin("192.0.2.1")
    assert oidc.begin("192.0.2.2")
    row = ("INSERT INTO pending (digest, content, until) VALUES (?, ?, ?)", b"", "9999")
    with ledger.sql.writing():
        ledger.sql.change_many(row[0], [(b"%d" % n, *row[1:]) for n in range(5000)])
    with pytest.raises(OverLimit, match="under way"):
        oidc.begin("192.0.2.3")


def test_a_provider_that_is_down_is_told(oidc: Oidc, fake: FakeProvider):
    fake.down = True
    with pytest.raises(CannotAsk, match="ConnectError"):
        oidc.begin()
