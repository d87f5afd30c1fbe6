"""Django system checks: a misspelt declaration stops the start, not a sync at night."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from integrations import registry
from integrations.connector import SINCE, Connector
from integrations.sync.flow import Flow
from mappings.converters import converter


@register("integrations")
def check_declarations(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    found = registry.discover()
    flows = [problem for item in found.flows.values() for problem in problems_of(item, found)]
    tables = [problem for app in found.connectors.values() for problem in problems_of_table(app)]
    return [
        *(Error(problem, id="integrations.E001") for problem in flows),
        *(Error(problem, id="integrations.E002") for problem in tables),
    ]


def problems_of_table(app: type[Connector]) -> list[str]:
    """What is wrong with a connector's table of entities, a sentence each."""
    problems = []
    for name, entity in app.entities.items():
        where = f"{app.app}.{name}"
        if entity.name != name:
            problems.append(f"{where} stands in its table under another name than {entity.name!r}.")
        if entity.since not in SINCE:
            problems.append(f"{where} has since={entity.since!r}; use {', '.join(SINCE)}.")
        problems += [
            f"{where} keeps {kind!r} unique, a key it does not have."
            for kind in entity.unique
            if kind not in {key.kind for key in entity.keys}
        ]
    return problems


def problems_of(item: Flow, found: registry.Registry) -> list[str]:
    """What is wrong with a flow's declaration, a sentence each."""
    problems = []
    for side in (item.source, item.target):
        app = found.connectors.get(side.app)
        if app is None:
            problems.append(f"{item.key} names the app {side.app!r}, which no folder declares.")
        elif side.entity not in app.entities:
            problems.append(
                f"{item.key} names {side.app}.{side.entity}, which is not in its table."
            )
    needed = {*item.needs, *(pair.linked_flow for pair in item.fields if pair.linked_flow)}
    problems += [
        f"{item.key} needs {key!r}, which is not declared."
        for key in sorted(needed)
        if key not in found.flows
    ]
    if item.setting_key not in found.flows:
        problems.append(f"{item.key} is set by {item.setting!r}, which is not declared.")
    problems += [problem for key in item.sisters if (problem := _no_sister(item, key, found))]
    for pair in item.fields:
        try:
            converter(pair.via)
        except KeyError as error:
            problems.append(f"{item.key}, field {pair.target}: {error.args[0]}")
    if not problems:
        problems += _key_problems(item, found)
    if _needs_itself(item.key, found):
        problems.append(f"{item.key} needs itself, by way of what it needs.")
    return problems


def _no_sister(item: Flow, key: str, found: registry.Registry) -> str:
    sister = found.flows.get(key)
    if sister is None:
        return f"{item.key} has the sister {key!r}, which is not declared."
    if item.key not in sister.sisters:
        return f"{item.key} has the sister {key}, which does not name it."
    if (item.source.app, item.source.entity) != (sister.source.app, sister.source.entity):
        return f"{item.key} has the sister {key}, which reads other records."
    return "" if item.becomes else f"{item.key} has sisters and does not say what it becomes."


def _key_problems(item: Flow, found: registry.Registry) -> list[str]:
    problems = []
    for side in (item.source, item.target):
        entity = found.connectors[side.app].entities[side.entity]
        kinds = {key.kind for key in entity.keys}
        wanted = {*(match.kind for match in item.match), *item.trace}
        problems += [
            f"{item.key} matches by {kind!r}, a key {side.app}.{side.entity} does not have."
            for kind in sorted(wanted - kinds)
        ]
    return problems


def _needs_itself(key: str, found: registry.Registry) -> bool:
    seen: set[str] = set()
    todo = list(found.flows[key].needs)
    while todo:
        step = todo.pop()
        if step == key:
            return True
        if step not in seen and step in found.flows:
            seen.add(step)
            todo += found.flows[step].needs
    return False
