from __future__ import annotations

from datetime import UTC, datetime

from tidebreak.gates.hooks.signing import Signer

# The example "GET Object" of Amazon's S3 API reference, "Signature Calculations for the
# Authorization Header: Transferring Payload in a Single Chunk".
SIGNER = Signer("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
MOMENT = datetime(2013, 5, 24, tzinfo=UTC)
HOST = "examplebucket.s3.amazonaws.com"


def test_the_published_example_comes_out():
    made = SIGNER.headers(HOST, "/test.txt", MOMENT, more={"range": "bytes=0-9"})
    assert made["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


def test_the_published_example_with_a_query_comes_out():
    made = SIGNER.headers(HOST, "/", MOMENT, "lifecycle=")
    assert made["authorization"].endswith(
        "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
    )


def test_the_secret_is_shown_nowhere():
    assert "wJalr" not in repr(SIGNER)
    assert "wJalr" not in str(SIGNER.headers(HOST, "/", MOMENT))
