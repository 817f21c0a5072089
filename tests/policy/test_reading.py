from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.model import Level, ListKind, State
from tidebreak.policy.fields import BadPolicy
from tidebreak.policy.flooding import OnFlood
from tidebreak.policy.places import Terms
from tidebreak.policy.reading import MOST_BYTES, default_text, read, read_file
from tidebreak.screens import Action, Surface

RULE = '[[rule]]\nname = "x"\n'


def test_a_rule_is_read_with_all_its_conditions():
    text = """
    [[rule]]
    name = "all of it"
    surface = ["public", "hosting"]
    jurisdiction = ["de", "UK"]
    list = "own"
    kind = "contraband"
    level = ["exact", "near"]
    classification = ["A1"]
    scheme = "s"
    state = "matched"
    disputed = false
    retroactive = true
    action = "block"
    legal_basis = " a law "
    why = "because"
    """
    (rule,) = read(text).rules
    when = rule.when
    assert (rule.name, rule.action, rule.legal_basis, rule.why) == (
        "all of it", Action.BLOCK, "a law", "because",
    )  # fmt: skip
    assert when.surface == {Surface.PUBLIC, Surface.HOSTING}
    assert when.jurisdiction == {"DE", "GB"}
    assert (when.list, when.kind) == ({"own"}, {ListKind.CONTRABAND})
    assert when.level == {Level.EXACT, Level.NEAR}
    assert (when.classification, when.scheme, when.state) == ({"A1"}, {"s"}, {State.MATCHED})
    assert (when.disputed, when.retroactive) == (False, True)


def test_the_rest_of_a_file_is_read():
    policy = read("""
    [jurisdiction.EU.private-message]
    enabled = true
    legal_basis = "a law"
    [flood]
    count = 50
    [list."an owner's".flood]
    mode = "alarm"
    [[sample]]
    name = "s"
    level = "near"
    rate = 0.05
    action = "review"
    """)
    assert policy.surfaces["EU", Surface.PRIVATE_MESSAGE] == Terms(True, "a law")
    limits = policy.flood_limits("an owner's")
    assert (limits.count, limits.mode) == (50, OnFlood.ALARM)
    (sample,) = policy.samples
    assert (sample.rate, sample.action) == (0.05, Action.REVIEW)


def test_the_version_is_a_digest_of_the_text(tmp_path: Path):
    text = default_text()
    wanted = hashlib.sha256(text.encode()).hexdigest()[:12]
    (tmp_path / "p.toml").write_text(text)
    assert read(text).version == read_file(tmp_path / "p.toml").version == wanted
    assert read(text + "\n").version != wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "p, line 1, x: there is no such setting; there are surface, "),
        ("\n\n[rules]", "p, line 3, rules: there is no such setting"),
        ("[rule]\nname = 'x'", r"p, line 1, rule: write \[\[rule\]\]"),
        (
            RULE + 'action = "blok"',
            r"p, line 3, rule 'x', action: 'blok' is none of allow, review, ",
        ),
        (RULE, "p, line 1, rule 'x', action: say what to do"),
        (RULE + 'action = "block"\nlevl = "exact"', "line 4, rule 'x', levl: there is no such"),
        (RULE + 'action = "block"\nlevel = []', "line 4, rule 'x', level: write a text"),
        (RULE + 'action = "block"\nlevel = "worst"', "line 4, rule 'x', level: 'worst' is none of"),
        (RULE + 'action = "block"\nlevel = [1]', "rule 'x', level: write a text"),
        (RULE + 'action = "block"\ndisputed = "no"', "rule 'x', disputed: write true or false"),
        (RULE + 'action = "allow"', "rule 'x', level: to let something pass, say of which levels"),
        (RULE + 'action = "allow"\nlist = "own"', "rule 'x', level: to let something pass"),
        (RULE + 'action = "block"\nwhy = 1', "rule 'x', why: write a text in quotes"),
        ('[[rule]]\naction = "block"', "rule 1, name: give it a name"),
        ('[[rule]]\nname = "(no rule)"\naction = "block"', "line 2, rule 1, name: give it a name"),
        ((RULE + 'action = "block"\n') * 2, "two are called 'x'"),
        ('[[sample]]\nname = "s"', "sample 's', rate: write a number from 0 to 1"),
        ('[[sample]]\nname = "s"\nrate = 2', "line 3, sample 's', rate: write a number"),
        ('[[sample]]\nname = "s"\nrate = nan', "sample 's', rate: write a number"),
        ("[surface.public]\nlegal_basis = ''", r"\[surface.public\], enabled: say whether"),
        ("[surface.publik]\nenabled = true", "surfaces, publik: there is no such"),
        (
            "[surface.private-message]\nenabled = true",
            "legal_basis: private messages are off until",
        ),
        ("[jurisdiction.EU.private-message]\nenabled = true\nlegal_basis = ' '", "are off until"),
        ("[jurisdiction.Germany-of-now.public]\nenabled = true", "write a code of ISO 3166"),
        ("[jurisdiction.GB.public]\nenabled=true\n[jurisdiction.UK.public]\nenabled=true", "twice"),
        ("[flood]\ncount = 0", "line 2, floods, count: write a number from 1"),
        ("[flood]\ncount = 1.5", "floods, count: write a whole number"),
        ("[flood]\nmode = 'off'", "floods, mode: 'off' is none of hold, alarm"),
        ("[list.own]\nflood = 'alarm'", r"list 'own', flood: write \[list.own.flood\]"),
        ("[list.own]\nfloods = 1", "list 'own', floods: there is no such"),
        ("= 1", "p is not valid TOML"),
    ],
)
def test_every_mistake_is_told_with_its_place(text: str, said: str):
    with pytest.raises(BadPolicy, match=said):
        read(text, "p")


def test_there_are_not_too_many_rules():
    text = "".join(f'[[rule]]\nname = "r{n}"\naction = "block"\n' for n in range(1001))
    with pytest.raises(BadPolicy, match="at most 1,000 rules"):
        read(text)


def test_to_let_something_pass_its_levels_or_state_are_named():
    assert read(RULE + 'action = "allow"\nlevel = "lead"').rules
    assert read(RULE + 'action = "allow"\nstate = "not fully examined"').rules
    with pytest.raises(BadPolicy):
        read(RULE + 'action = "allow"\nstate = ["matched", "not fully examined"]')


def test_files_that_are_none_are_told(tmp_path: Path):
    with pytest.raises(BadPolicy, match="No such file"):
        read_file(tmp_path / "none.toml")
    (tmp_path / "latin").write_bytes(b"# \xe4")
    with pytest.raises(BadPolicy, match="not UTF-8"):
        read_file(tmp_path / "latin")
    (tmp_path / "large").write_bytes(b"#" * (MOST_BYTES + 1))
    with pytest.raises(BadPolicy, match="larger than"):
        read_file(tmp_path / "large")


WORDS = st.sampled_from(
    ["rule", "[", "]", "=", '"x"', "name", "action", "block", "\n", ".", "1", "{", "}", ",",
     "public", "surface", "enabled", "true", "[[rule]]\n"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=20).map(" ".join))
def test_no_text_makes_reading_fail_otherwise(text: str):
    with suppress(BadPolicy):
        assert read(text).version


@pytest.mark.parametrize("end", ["", "[surface.public]", "# ---- Rules"])
def test_a_file_that_was_cut_off_between_sections_is_none(tmp_path, end):
    text = default_text()
    file = tmp_path / "policy.toml"
    file.write_text(text[: text.index(end)] if end else "")
    with pytest.raises(BadPolicy, match="may have been cut off"):
        read_file(file)


@pytest.mark.parametrize(
    ("rule", "speaks"),
    [
        ('action = "block"', True),
        ('action = "block"\nlevel = ["near", "exact"]\nkind = "contraband"', True),
        ('action = "block"\nlevel = "near"', False),
        ('action = "block"\nkind = "watch"', False),
        ('action = "block"\ndisputed = true', False),
        ('action = "review"\nstate = "not fully examined"', False),
    ],
)
def test_a_policy_speaks_of_what_is_known(tmp_path, rule, speaks):
    file = tmp_path / "policy.toml"
    file.write_text(f'[[rule]]\nname = "one"\n{rule}\n')
    if speaks:
        assert read_file(file).rules
    else:
        with pytest.raises(BadPolicy):
            read_file(file)
