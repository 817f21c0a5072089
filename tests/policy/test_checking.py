from __future__ import annotations

from hypothesis import given, settings
from tests.policy.cases import case, default, match, part
from tests.policy.policies import policies

from tidebreak.model import HashList, Level, ListKind
from tidebreak.policy.checking import COLUMNS, OFF, check
from tidebreak.policy.policy import Policy
from tidebreak.policy.reading import default_text, read
from tidebreak.screens import Surface

OWN = HashList(1, "own", ListKind.CONTRABAND)
BASES = default_text().replace(
    'enabled = true\nlegal_basis = ""', 'enabled = true\nlegal_basis = "law"'
)


def warnings(text: str, *lists: HashList, rest: str = "") -> list[str]:
    return [w for w in check(read(text + rest), [OWN, *lists]).warnings if "legal basis" not in w]


def test_the_default_asks_only_for_a_legal_basis():
    found = check(default(), []).warnings
    assert len(found) == 2
    assert all("without a legal basis" in warning for warning in found)
    assert check(read(BASES), []).warnings == ()


def test_the_table_says_what_is_done():
    rows = {
        (row.surface, row.jurisdiction, row.subject): row.actions for row in check(default()).rows
    }
    assert COLUMNS == ("exact", "exact-weak", "near", "possible", "lead", "not fully examined")
    usual = ("quarantine", "review", "review", "review", "allow", "review")
    assert rows[Surface.PUBLIC, "", "contraband"] == usual
    assert rows[Surface.HOSTING, "", "watch"] == ("review",) * 4 + ("allow", "review")
    assert rows[Surface.PRIVATE_MESSAGE, "", "contraband"] == (OFF,) * 6
    assert not any(place == "GB" for _, place, _ in rows)


def test_places_and_lists_that_differ_have_rows_of_their_own():
    rules = """
[[rule]]
name = "own, in Germany"
list = "own"
jurisdiction = "DE"
level = "near"
action = "block"
[jurisdiction.GB.hosting]
enabled = false
"""
    rows = {
        (row.surface, row.jurisdiction, row.subject): row.actions
        for row in check(read(rules), [OWN]).rows
    }
    assert rows[Surface.PUBLIC, "DE", "list 'own'"][2] == "block"
    assert rows[Surface.PUBLIC, "", "list 'own'"][2] == "review"
    assert rows[Surface.HOSTING, "GB", "contraband"] == (OFF,) * 6
    assert (Surface.PUBLIC, "GB", "contraband") not in rows


def test_a_rule_that_earlier_ones_cover_is_told():
    rule = '[[rule]]\nname = "late"\n'
    rule += 'kind = "contraband"\nlevel = ["exact", "near"]\naction = "block"\n'
    assert warnings(BASES, rest=rule) == [
        "Rule 'late' never decides anything: earlier rules decide all of it."
    ]
    partly = rule.replace('"near"]', '"lead"]').replace("late", "partly")
    assert "partly" in str(warnings(BASES, rest=partly))
    earlier = rule + rule.replace("late", "second").replace('["exact", "near"]', '"exact"')
    assert "second" in str(warnings(earlier))


def test_a_rule_whose_conditions_exclude_each_other_is_told():
    rule = '[[rule]]\nname = "never"\nlist = "own"\nkind = "watch"\naction = "block"\n'
    assert "its conditions exclude each other" in str(warnings(rule))
    assert "never" not in str(warnings(rule.replace("watch", "contraband")))


def test_lists_that_are_not_here_are_told_where_that_is_known():
    text = (
        BASES
        + '[list.gone.flood]\nmode = "alarm"\n'
        + '[[sample]]\nname="s"\nlist="lost"\nrate=1\n'
    )
    text = '[[rule]]\nname = "r"\nlist = "away"\naction = "block"\n' + text
    assert warnings(text) == [
        "Rule 'r' names the list 'away', which is not here.",
        "Sample 's' names the list 'lost', which is not here.",
        "Floods of the list 'gone' are set, which is not here.",
    ]
    assert check(read(text)).warnings == ()


def test_what_no_rule_speaks_of_is_told():
    text = (
        '[[rule]]\nname = "r"\nkind = "contraband"\nlevel = ["exact", "near"]\naction = "block"\n'
    )
    assert warnings(text) == [
        "No rule speaks of what could not be fully examined, at least in some cases: that is"
        " reviewed.",
        "No rule speaks of exact-weak, possible, lead on contraband lists, at least in some cases:"
        " that is reviewed.",
        "No rule speaks of exact, exact-weak, near, possible, lead on watch lists, at least in some"
        " cases: that is reviewed.",
    ]


def test_silence_is_told():
    quiet = '[[rule]]\nname = "quiet"\n'
    quiet += 'surface = "hosting"\nlevel = ["exact", "lead"]\naction = "allow"\n'
    assert "Rule 'quiet' lets through what a contraband list knows, at level exact." in warnings(
        quiet + BASES
    )
    blind = '[[rule]]\nname = "blind"\nstate = "not fully examined"\naction = "allow"\n'
    assert "Rule 'blind' lets through what could not be fully examined." in warnings(blind + BASES)


def test_disputed_entries_do_not_more_than_review_whatever_a_rule_says():
    text = '[[rule]]\nname = "r"\ndisputed = true\naction = "block"\n' + BASES
    assert "by disputed entries, which never do more than review" in str(warnings(text))


def test_too_many_names_are_told():
    names = ", ".join(f'"c{n}"' for n in range(1500))
    text = f'[[rule]]\nname = "a"\nclassification = [{names}]\naction = "block"'
    assert "not all could be tried" in str(warnings(text))


@given(policies)
@settings(max_examples=30, deadline=None)
def test_the_table_says_what_is_decided(policy: Policy):
    for row in check(policy).rows:
        if row.subject not in ("contraband", "watch") or row.actions[0] == OFF:
            continue
        for level, action in zip(
            [level for level in Level if level.found], row.actions, strict=False
        ):
            hit = match(level, ListKind(row.subject), list="", classification="", scheme="")
            one = case(part(hit), surface=row.surface, jurisdiction=row.jurisdiction, id="x")
            decision = policy.decide(one)
            assert "sample" in decision.holds or decision.action == action
