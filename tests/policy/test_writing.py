from __future__ import annotations

import tomllib
from dataclasses import replace

from hypothesis import given
from tests.policy.cases import default
from tests.policy.policies import policies

from tidebreak.policy.policy import Policy
from tidebreak.policy.reading import read
from tidebreak.policy.writing import write


def test_the_default_survives():
    policy = default()
    again = read(write(policy))
    assert again == replace(policy, version=again.version)


@given(policies)
def test_a_policy_that_is_written_is_read_as_it_was(policy: Policy):
    text = write(policy)
    again = read(text)
    names = [sample.name for sample in policy.samples]
    assert tomllib.loads(text)
    assert again == replace(policy, version=again.version)
    assert [sample.name for sample in again.samples] == names
