"""An office made from the template is like one that was connected as people do it."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import connection

from integrations.models import Connection, SyncRun
from tests.conftest import Office
from tests.connected import Template

# What is drawn by lot at each consent.
BY_LOT = {"access_token", "refresh_token", "client_secret", "last_used"}


def rows(model: Any) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if name not in BY_LOT}
        for row in model.objects.order_by("pk").values()
    ]


def company(office: Office) -> dict[Any, Any]:
    held = office.world.store._collections
    return {key: found.values() for key, found in held.items() if key[0] != "oauth"}


def test_both_have_the_same_rows_and_the_same_company(
    make_office: Callable[..., Office], template: Template
) -> None:
    kept, template.kept = template.kept, {}
    try:
        made = []
        for _ in range(2):
            point = connection.savepoint() or ""
            office = make_office()
            models = [*apps.get_app_config("integrations").get_models()]
            models += apps.get_app_config("mappings").get_models()
            made.append(({model.__name__: rows(model) for model in models}, company(office)))
            connection.savepoint_rollback(point)
        assert len(template.kept) == 1
        assert made[0][0]["RemoteField"]
        assert made[0] == made[1]
    finally:
        template.kept = kept


def test_a_restored_one_goes_on_as_if_connected(make_office: Callable[..., Office]) -> None:
    office = make_office()
    office.accounts("Acme Ltd")
    assert office.sync().status == SyncRun.Status.DONE
    assert set(office.customers()) == {"Acme Ltd"}
    office.reconnect()
    assert Connection.objects.count() == 2
    office.assert_settled()
