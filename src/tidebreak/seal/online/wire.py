"""What server and client say to each other: paths, names of headers, lengths.

Bodies are bytes without any frame, since everything in them has a fixed length:

================== ======================================= =========================================
request            body                                    answer
================== ======================================= =========================================
GET /v1/set        none; ``If-None-Match`` with a version  32 bytes, key of the set; then the set
POST /v1/evaluate  1 to 1,000 elements of 32 bytes         as many elements, then a proof (64 bytes)
POST /v1/confirm   1 to 1,000 values of 16 bytes           a byte for each: `NO` … `CERTAIN`
GET /v1/status     none                                    JSON: limits, and what was used today
================== ======================================= =========================================

Every answer but an error has the version of the lists in `VERSION`. An error is JSON,
``{"error": sentence}``, with a status from 400 on: never an answer that could be read as a no.
"""

from __future__ import annotations

SET, EVALUATE, CONFIRM, STATUS = "/v1/set", "/v1/evaluate", "/v1/confirm", "/v1/status"

VERSION = "Tidebreak-Version"
"""The header with the version of the lists."""

BINARY = "application/octet-stream"

SET_KEY = 32
"""Bytes of the key under which an operator's set is made."""

NO, KNOWN, CERTAIN = 0, 1, 2
"""Not known; known by a digest for which collisions can be made; known by one that decides."""
