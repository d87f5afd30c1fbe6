"""Webhooks and workflow rules: /settings/webhooks, /settings/workflows (scope settings).

https://www.zoho.com/books/api/v3/webhooks/ and https://www.zoho.com/books/api/v3/workflows/ give
the fields of the bodies; the files of the specification have neither. Not shown there, and so made
up here: the form of the answers, the words of `rule_type`, and how a rule names its webhook.
"""

from __future__ import annotations

import re
from typing import Any

from ..store import Collection, Record
from ..wire import Answer, Request
from . import fields
from .envelope import invalid, missing, object_of, ok, refuse, route
from .listing import Listing
from .organisation import Organisation
from .webhooks import RULE_TYPES, SHOWN

RULES_A_KIND, RULES = 10, 200
"""https://www.zoho.com/books/kb/automation/number-of-workflows.html"""


def _secret(name: str, value: Any) -> str:
    found = str(fields.text()(name, value))
    if found and not re.fullmatch(r"[A-Za-z0-9]{12,50}", found):
        raise invalid(name)
    return found


WEBHOOK: dict[str, fields.Check] = {
    "entity": fields.choice(*SHOWN),
    "webhook_name": fields.text(50),
    "description": fields.text(100),
    "method": fields.choice("POST", "PUT", "DELETE"),
    "url": fields.text(5000),
    "secret": _secret,
}
RULE: dict[str, fields.Check] = {
    "workflow_name": fields.text(100),
    "description": fields.text(1000),
    "entity": fields.choice(*SHOWN),
    "rule_type": fields.choice(*RULE_TYPES),
}
WEBHOOKS = Listing(
    key="webhooks",
    report="Webhooks",
    filters={"Status.All": None},
    default_filter="Status.All",
    sorts={"webhook_name": lambda hook: hook["webhook_name"]},
    default_sort="webhook_name",
)
WORKFLOWS = Listing(
    key="workflows",
    report="Workflows",
    filters={"Status.All": None},
    default_filter="Status.All",
    sorts={"workflow_name": lambda rule: rule["workflow_name"]},
    default_sort="workflow_name",
)


def _held(collection: Collection, record_id: str, name: str) -> Record:
    found = collection.get(record_id)
    if found is None:
        raise missing(name)
    return found


def _shown(org: Organisation, hook: Record) -> dict[str, Any]:
    """A secret is never shown again."""
    return {name: value for name, value in hook.items() if name != "secret"}


def _rule(org: Organisation, rule: Record) -> dict[str, Any]:
    hook = org.webhooks.get(rule["webhook_id"])
    action = {"action_type": "webhook", "action_id": rule["webhook_id"]}
    shown = {name: value for name, value in rule.items() if name != "webhook_id"}
    return {**shown, "actions": [action] if hook is not None else []}


@route("GET", "/settings/webhooks")
def list_webhooks(org: Organisation, request: Request) -> Answer:
    return WEBHOOKS.answer(org, request, org.webhooks, _shown)


@route("POST", "/settings/webhooks")
def add_webhook(org: Organisation, request: Request) -> Answer:
    values = fields.clean(object_of(request), WEBHOOK)
    if not str(values.get("url", "")).startswith(("http://", "https://")):
        raise invalid("url")
    hook = {
        "webhook_id": org.new_id(),
        "entity": "contact",
        "webhook_name": "",
        "description": "",
        "method": "POST",
        "secret": "",
        **values,
    }
    org.webhooks.insert(hook)
    return ok("The webhook has been created.", status=201, webhook=_shown(org, hook))


@route("GET", "/settings/webhooks/{webhook_id}")
def get_webhook(org: Organisation, request: Request, webhook_id: str) -> Answer:
    return ok(webhook=_shown(org, _held(org.webhooks, webhook_id, "Webhook")))


@route("PUT", "/settings/webhooks/{webhook_id}")
def change_webhook(org: Organisation, request: Request, webhook_id: str) -> Answer:
    old = _held(org.webhooks, webhook_id, "Webhook")
    values = fields.clean(object_of(request), WEBHOOK)
    if not str(values.get("url", old["url"])).startswith(("http://", "https://")):
        raise invalid("url")
    hook = org.webhooks.replace(webhook_id, {**old, **values})
    return ok("The webhook has been updated.", webhook=_shown(org, hook))


@route("DELETE", "/settings/webhooks/{webhook_id}")
def delete_webhook(org: Organisation, request: Request, webhook_id: str) -> Answer:
    _held(org.webhooks, webhook_id, "Webhook")
    if any(rule["webhook_id"] == webhook_id for rule in org.workflows.values()):
        raise refuse(4, "The webhook is used by a workflow and cannot be deleted.")
    org.webhooks.remove(webhook_id)
    return ok("The webhook has been deleted.")


@route("GET", "/settings/workflows")
def list_workflows(org: Organisation, request: Request) -> Answer:
    return WORKFLOWS.answer(org, request, org.workflows, _rule)


@route("POST", "/settings/workflows")
def add_workflow(org: Organisation, request: Request) -> Answer:
    given = object_of(request)
    values = fields.clean(given, RULE)
    for name in ("workflow_name", "entity", "rule_type"):
        if not values.get(name):
            raise refuse(4, f"Invalid value passed for {name}")
    of_kind = sum(1 for rule in org.workflows.values() if rule["entity"] == values["entity"])
    if of_kind >= RULES_A_KIND or len(org.workflows) >= RULES:
        raise refuse(4, "The maximum number of workflow rules has been reached.")
    rule = {
        "workflow_id": org.new_id(),
        "description": "",
        "is_active": True,
        **values,
        "webhook_id": _webhook_of(org, given),
    }
    org.workflows.insert(rule)
    return ok("The workflow has been created.", status=201, workflow=_rule(org, rule))


@route("GET", "/settings/workflows/{workflow_id}")
def get_workflow(org: Organisation, request: Request, workflow_id: str) -> Answer:
    return ok(workflow=_rule(org, _held(org.workflows, workflow_id, "Workflow")))


@route("PUT", "/settings/workflows/{workflow_id}")
def change_workflow(org: Organisation, request: Request, workflow_id: str) -> Answer:
    old = _held(org.workflows, workflow_id, "Workflow")
    given = object_of(request)
    changed = {**old, **fields.clean(given, RULE)}
    if "actions" in given:
        changed["webhook_id"] = _webhook_of(org, given)
    rule = org.workflows.replace(workflow_id, changed)
    return ok("The workflow has been updated.", workflow=_rule(org, rule))


@route("DELETE", "/settings/workflows/{workflow_id}")
def delete_workflow(org: Organisation, request: Request, workflow_id: str) -> Answer:
    _held(org.workflows, workflow_id, "Workflow")
    org.workflows.remove(workflow_id)
    return ok("The workflow has been deleted.")


@route("POST", "/settings/workflows/{workflow_id}/active")
def activate_workflow(org: Organisation, request: Request, workflow_id: str) -> Answer:
    return _turn(org, workflow_id, is_active=True)


@route("POST", "/settings/workflows/{workflow_id}/inactive")
def deactivate_workflow(org: Organisation, request: Request, workflow_id: str) -> Answer:
    return _turn(org, workflow_id, is_active=False)


def _turn(org: Organisation, workflow_id: str, *, is_active: bool) -> Answer:
    rule = _held(org.workflows, workflow_id, "Workflow")
    org.workflows.replace(workflow_id, {**rule, "is_active": is_active})
    return ok(f"The workflow has been marked as {'active' if is_active else 'inactive'}.")


def _webhook_of(org: Organisation, given: dict[str, Any]) -> str:
    """One webhook a rule; a rule may have none."""
    actions = fields.listed("actions", given.get("actions") or [])
    hooks = [str(one.get("action_id")) for one in actions if one.get("action_type") == "webhook"]
    if len(hooks) > 1:
        raise refuse(4, "Only one webhook can be associated with a workflow.")
    if hooks and hooks[0] not in org.webhooks:
        raise missing("Webhook", 400)
    return hooks[0] if hooks else ""
