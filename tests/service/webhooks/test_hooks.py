from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.backends import BOTH

from tidebreak.errors import Damaged
from tidebreak.installation import Tidebreak
from tidebreak.screens import Action, Surface
from tidebreak.service.config import WebhookRules
from tidebreak.service.webhooks.hooks import Hooks
from tidebreak.service.webhooks.targets import target_of
from tidebreak.sql import Sql
from tidebreak.store.stores import Stores

BACKENDS = BOTH

TARGET = target_of("https://hooks.example/a?b=c", WebhookRules())


@pytest.fixture
def db(stores: Stores) -> Iterator[Sql]:
    made = stores.open("webhooks", "tidebreak.service.webhooks")
    yield made
    made.close()


@pytest.fixture
def hooks(installation: Tidebreak, db: Sql) -> Hooks:
    return Hooks(db, installation.vault, installation.audit)


def test_what_is_kept_comes_back(hooks: Hooks):
    made = hooks.add(TARGET, "secret", [Action.BLOCK, Action.REVIEW], [Surface.HOSTING], "ann")
    assert hooks.all() == [made]
    assert hooks.get(made.id) == made
    assert hooks.get("another") is None
    assert hooks.secrets(made.id) == ("https://hooks.example/a?b=c", b"secret")
    assert made.actions == {Action.BLOCK, Action.REVIEW}


def test_what_is_removed_is_gone(hooks: Hooks, db: Sql):
    made = hooks.add(TARGET, "secret", [Action.BLOCK], [], "ann")
    with db.writing():
        db.change(
            "INSERT INTO delivery (id, hook, body, tries, due) VALUES ('1', ?, '{}', 0, 0.0)",
            (made.id,),
        )
    assert hooks.all()[0].waiting == 1
    hooks.remove(made.id, "ann")
    assert hooks.secrets(made.id) is None
    assert db.row("SELECT count(*) FROM delivery") == (0,)


def test_secrets_cannot_be_exchanged_between_hooks(hooks: Hooks, db: Sql):
    one, two = (hooks.add(TARGET, name, [Action.BLOCK], [], "ann") for name in ("a", "b"))
    with db.writing():
        db.change(
            "UPDATE hook SET secret = (SELECT h.secret FROM hook AS h WHERE h.id = ?) WHERE id = ?",
            (one.id, two.id),
        )
    with pytest.raises(Damaged):
        hooks.secrets(two.id)
