from __future__ import annotations

import time
import unicodedata

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from tidebreak.access.passwords import Passwords, checked
from tidebreak.errors import UsageError

PHRASE = "correct horse battery"


def test_a_password_is_verified(passwords: Passwords):
    kept = passwords.hash(PHRASE)
    assert passwords.verify(kept, PHRASE)
    assert not passwords.verify(kept, PHRASE + "x")
    assert kept != passwords.hash(PHRASE)
    assert PasswordHasher().verify(kept, PHRASE)


def test_nobody_has_no_password(passwords: Passwords):
    for password in ("", PHRASE, "nobody has this password"):
        assert not passwords.verify("", password)
    assert not passwords.verify("damaged", PHRASE)


def test_the_parameters_are_those_of_rfc_9106_and_old_ones_are_noticed(passwords: Passwords):
    real = Passwords()
    kept = real.hash(PHRASE)
    found = extract_parameters(kept)
    assert (found.type, found.time_cost, found.memory_cost) == (Type.ID, 3, 65536)
    assert (found.parallelism, found.salt_len, found.hash_len) == (4, 16, 32)
    assert not real.is_old(kept)
    assert real.is_old(passwords.hash(PHRASE))


def test_somebody_unknown_takes_as_long():
    real = Passwords()
    kept, times = real.hash(PHRASE), {"known": [], "unknown": []}
    for _ in range(3):
        for who, hashed in (("known", kept), ("unknown", "")):
            begun = time.process_time()  # of all its threads, whatever else the machine does
            real.verify(hashed, "wrong" * 3)
            times[who].append(time.process_time() - begun)
    assert 0.25 < min(times["known"]) / min(times["unknown"]) < 4


def test_one_password_however_the_keyboard_writes_it(passwords: Passwords):
    composed, apart = "crème brûlée au four", unicodedata.normalize("NFD", "crème brûlée au four")
    assert composed != apart
    assert passwords.verify(passwords.hash(composed), apart)


@pytest.mark.parametrize(
    "password", ["", "x" * 11, "x" * 257, "aaaabbbbcccc", "i am Ann, you know"]
)
def test_some_passwords_are_not_to_be_chosen(password):
    with pytest.raises(UsageError) as error:
        checked(password, "ann")
    assert not password or password not in str(error.value)


def test_length_is_all_that_counts():
    assert checked(PHRASE, "ann") == PHRASE
    assert checked("qwfpluyarstd", "ann")
