from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.audit.openssl import Authority, Party

from tidebreak.audit import der, stamp_signatures
from tidebreak.audit.stamp_signatures import Bad, hash_of, load_trusted
from tidebreak.errors import UsageError

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def root() -> Party:
    return Party("root", authority=True)


def follow(party: Party, *given: Party, trusted: Party, at: datetime = NOW) -> None:
    stamp_signatures._check_chain(
        party.certificate, [one.certificate for one in given], [trusted.certificate], at
    )


def test_a_chain_leads_to_one_that_is_trusted(root: Party):
    middle = Party("middle", root, authority=True)
    signer = Party("signer", middle, stamps=True)
    follow(signer, middle, trusted=root)
    follow(signer, middle, signer, root, trusted=root)
    with pytest.raises(Bad, match="do not lead"):
        follow(signer, trusted=root)


def test_who_is_no_authority_vouches_for_nobody(root: Party):
    between = Party("middle", root)
    with pytest.raises(Bad, match="do not lead"):
        follow(Party("signer", between, stamps=True), between, trusted=root)
    impostor = Party("root", authority=True)
    with pytest.raises(Bad, match="do not lead"):
        follow(Party("signer", impostor, stamps=True), impostor, trusted=root)


def test_all_were_valid_at_that_time(root: Party):
    signer = Party("signer", root, stamps=True, days=5)
    follow(signer, trusted=root)
    for days in (-3, 6, 40):
        with pytest.raises(Bad, match="not valid at that time"):
            follow(signer, trusted=root, at=NOW + timedelta(days=days))
    old = Party("signer", Party("root", authority=True, days=-1), stamps=True)
    with pytest.raises(Bad):
        follow(old, trusted=root)


def test_a_long_way_round_ends(root: Party):
    chain = [root]
    for number in range(12):
        chain.append(Party(f"a{number}", chain[-1], authority=True))
    with pytest.raises(Bad, match="do not lead"):
        follow(chain[-1], *chain, trusted=root)


@pytest.mark.parametrize(
    "more",
    [{"stamps": False}, {"critical": False}, {"also": (ExtendedKeyUsageOID.CODE_SIGNING,)}],
)
def test_a_certificate_must_be_for_stamps_alone(root: Party, more):
    with pytest.raises(Bad, match="not for stamps"):
        stamp_signatures._check_purpose(Party("s", root, **{"stamps": True, **more}).certificate)
    stamp_signatures._check_purpose(Party("s", root, stamps=True).certificate)


def test_only_hashes_that_hold_are_taken():
    for name, taken in (("2.16.840.1.101.3.4.2.3", True), ("1.3.14.3.2.26", False)):
        algorithm = der.parse(der.write(der.SEQUENCE, der.oid(name)))
        if taken:
            assert hash_of(algorithm) == "sha512"
        else:
            with pytest.raises(Bad):
                hash_of(algorithm)


def test_trusted_certificates_are_read_from_pem(authority: Authority):
    pem = authority.root.pem + authority.middle.pem
    assert load_trusted(pem) == [authority.root.certificate, authority.middle.certificate]
    with pytest.raises(UsageError, match="no certificates"):
        load_trusted(b"nothing")
