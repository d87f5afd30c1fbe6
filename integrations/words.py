"""The words of the screens for what the code calls flows, directions, extents and winners."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from django.db.models import QuerySet

from integrations import registry
from integrations.models import Connection, FlowSetting, Integration, SyncRun
from integrations.progress import lasted_words
from integrations.sync.flow import Flow, Option
from mappings.converters import FieldInfo
from mappings.counting import counted
from mappings.fields import WINS
from mappings.models import RecordLink, RemoteField

# Kinds of fields as people call them.
KINDS = {
    "text": "text",
    "email": "e-mail address",
    "phone": "phone number",
    "url": "web address",
    "money": "amount",
    "number": "number",
    "boolean": "yes or no",
    "date": "day",
    "datetime": "day and time",
    "choice": "value of a list",
    "id": "another record",
    "lines": "list",
}
# The least a look-alike counts for each of these; nothing is said of one found by no key.
LIKENESS = ((90, "Very likely"), (70, "Likely"), (1, "Possible"))
UNITS = {"m": "minute", "h": "hour", "d": "day"}


def app_name(app: str) -> str:
    """``books`` as "Books"; an app this installation does not know keeps its key."""
    connector = registry.discover().connectors.get(app)
    return connector.label.removeprefix("Zoho ") if connector else app


def flow_of(key: str, direction: str = SyncRun.Direction.FORWARD) -> Flow | None:
    """The module as declared, seen in the direction it runs; None where it is not installed."""
    flow = registry.discover().flows.get(key)
    if flow is not None and direction == SyncRun.Direction.REVERSE:
        return flow.reversed()
    return flow


def module_name(key: str) -> str:
    """``crm.customers`` as "Customers"."""
    flow = flow_of(key)
    return flow.label if flow else key


def sides(key: str, direction: str = SyncRun.Direction.FORWARD) -> tuple[str, str]:
    """Names of the app that is read and the app that is written."""
    flow = flow_of(key, direction)
    if flow is None:
        return "the first app", "the second app"
    return app_name(flow.source.app), app_name(flow.target.app)


def direction_words(key: str, direction: str) -> str:
    """Such as "from CRM to Books"."""
    first, second = sides(key, direction)
    return f"from {first} to {second}"


def extent_words(setting: FlowSetting) -> str:
    """Such as "from CRM to Books", "from Books to CRM" or "both ways"."""
    flow = flow_of(setting.flow)
    if flow is None:
        return setting.get_extent_display()
    if setting.extent == FlowSetting.Extent.BOTH:
        return "both ways"
    fetches = setting.extent == FlowSetting.Extent.FETCH
    forward = fetches == flow.fetches_forward
    direction = SyncRun.Direction.FORWARD if forward else SyncRun.Direction.REVERSE
    return direction_words(setting.flow, direction)


def winner_words(setting: FlowSetting) -> str:
    """Who wins when a record was changed on both sides: "CRM wins"."""
    if setting.winner == FlowSetting.Winner.SOURCE:
        return f"{sides(setting.flow)[0]} wins"
    return setting.get_winner_display()


def pair_winners(flow: str) -> dict[str, str]:
    """Who wins one field of a pair that was changed on both sides, by its stored value."""
    first, second = sides(flow)
    return dict(
        zip(WINS, ("As the module decides", f"{first} wins", f"{second} wins"), strict=True)
    )


def interval_words(every: str) -> str:
    """``2h`` as "every 2 hours", ``off`` as "only when started by hand"."""
    if every == "off":
        return "only when started by hand"
    number, unit = every[:-1], UNITS.get(every[-1:], "")
    if not unit or not number.isdigit():
        return every
    return f"every {unit}" if number == "1" else f"every {number} {unit}s"


def run_words(run: SyncRun) -> str:
    """How a sync stands, its open items included: "Finished, 40 need attention"."""
    if run.is_stopping:
        return "Being stopped"
    if run.status != SyncRun.Status.DONE:
        return run.get_status_display()
    open_items = [
        (run.failing, "needs attention", "need attention"),
        (run.undecided, "possible duplicate", "possible duplicates"),
        (run.conflicts, "changed on both sides", "changed on both sides"),
        (run.uncertain, "not confirmed", "not confirmed"),
    ]
    said = [counted(n, one, more) for n, one, more in open_items if n]
    return ", ".join(["Finished", *said])


def has_open_items(run: SyncRun) -> bool:
    return bool(run.failing or run.undecided or run.conflicts or run.uncertain)


def app_title(app: str) -> str:
    """``books`` as "Zoho Books"; an app this installation does not know keeps its key."""
    connector = registry.discover().connectors.get(app)
    return connector.label if connector else app


def integration_name(integration: Integration) -> str:
    """What every page calls an integration: "Zoho CRM and Zoho Books (Acme GmbH)".

    The organisation is the ledger's, as several of them may be joined with one of the other app.
    """
    other, ledger = app_title(integration.other.app), app_title(integration.ledger.app)
    ended = ", deleted" if integration.status == Integration.Status.DELETED else ""
    return f"{other} and {ledger} ({integration.ledger.name}){ended}"


def integration_choices(rows: QuerySet[Integration]) -> list[tuple[str, str]]:
    """(short name, name) of integrations to choose from; those named alike tell both."""
    named = [
        (row.name, integration_name(row))
        for row in rows.select_related("ledger", "other").order_by("name")
    ]
    often = Counter(name for _, name in named)
    return [(key, f"{name}, {key}" if often[name] > 1 else name) for key, name in named]


def organisation_words(connection: Connection) -> str:
    """Whose data is meant, as confirmations name it: "Acme GmbH (EUR, EU)"."""
    facts = (connection.base_currency, connection.grant.data_center.upper())
    return f"{connection.name} ({', '.join(fact for fact in facts if fact)})"


def integration_words(integration: Integration) -> str:
    """Which two are kept in step: "Zoho CRM: Acme GmbH (EUR, EU) with Zoho Books: Acme GmbH …"."""
    sides = [
        f"{app_title(side.app)}: {organisation_words(side)}"
        for side in (integration.other, integration.ledger)
    ]
    return " with ".join(sides)


def written_organisation(run: SyncRun) -> str:
    """The organisation a sync writes into."""
    integration = run.setting.integration
    flow = flow_of(run.flow, run.direction)
    into_ledger = flow is None or flow.target.app == integration.ledger.app
    return organisation_words(integration.ledger if into_ledger else integration.other)


# Why a sync stands still, and what a person does about it.
HELD = {
    "reconnect": (
        "The connection was lost.",
        "An Integration admin connects again; the sync then goes on by itself.",
    ),
    "stopped": ("Writing is not allowed.", "Start writing again, then resume the sync."),
    "limits": (
        "It would change more than a sync may that nobody watches.",
        "Look at what it would do. If it is right, have it approved; if not, stop it.",
    ),
    "settings": (
        "Something in the set-up does not fit.",
        "Put right what it names, then resume. The view and the fields are in the module's set-up.",
    ),
    "quota": (
        "Today's Zoho requests are used up.",
        "Nothing: it goes on by itself when the organisation's new day begins.",
    ),
    "keys": (
        "The stored sign-in cannot be read.",
        "Whoever runs the office puts the old key back; or connect the apps again.",
    ),
}


def held_words(run: SyncRun) -> tuple[str, str]:
    """(why a paused sync stands still, what to do); empty where it goes on by itself."""
    return HELD.get(run.held or "", ("", ""))


def run_title(run: SyncRun) -> str:
    """Such as "Customers from CRM to Books", or "Customers: delete in Books"."""
    if run.act:
        app = sides(run.flow, run.direction)[1]
        return f"{module_name(run.flow)}: {run.get_act_display().lower()} in {app}"
    return f"{module_name(run.flow)} {direction_words(run.flow, run.direction)}"


def run_heading(run: SyncRun) -> str:
    """Such as "Sync 6, 22 Nov 04:59 UTC: Customers from CRM to Books"."""
    return f"{run.name}: {run_title(run)}"


def began(run: SyncRun) -> dt.datetime | None:
    """When it began; a preview that was approved begins anew with that."""
    return max(filter(None, (run.started_at, run.approved_at)), default=None)


def lasted(run: SyncRun) -> str:
    """How long it took from its begin to its end, pauses included; the work of an open one."""
    since = began(run)
    if run.finished_at is None or since is None:
        return lasted_words(run.seconds)
    return lasted_words(max((run.finished_at - since).total_seconds(), 0.0))


def _titles(link: RecordLink, names: Sequence[str]) -> list[str]:
    """What fields are called that the sides of a record differ in, as the second app has them."""
    flow = flow_of(link.flow)
    known: dict[str, str] = {}
    if flow is not None:
        rows = RemoteField.objects.filter(
            connection=link.setting.integration.side(flow.target.app),
            entity=flow.target.entity,
            name__in=list(names),
        )
        known = dict(rows.values_list("name", "label"))
    return [FieldInfo(name, known.get(name, "")).title for name in names]


def decision_words(link: RecordLink) -> str:
    """What a person has decided of a record, with the names of its apps."""
    first, second = sides(link.flow)
    words: dict[str, str] = {
        RecordLink.Decision.SAME: f"The same as {link.decided_target}: pair them",
        RecordLink.Decision.KEEP_SOURCE: f"{first}'s values are written",
        RecordLink.Decision.KEEP_TARGET: f"{second}'s values stay",
    }
    if link.decision == RecordLink.Decision.BY_FIELD:
        return f"{first}'s values for {', '.join(_titles(link, link.decided_fields))}"
    return words.get(link.decision, link.get_decision_display())


def likeness(score: int) -> str:
    """How sure a look-alike is, by how much speaks for it (`Match.score`, in percent)."""
    return next((words for least, words in LIKENESS if score >= least), "")


def option_words(option: Option, value: str) -> str:
    """A value of a module's own option: ``accounts_contacts`` as "Accounts and contacts"."""
    said = dict(zip(option.values, option.labels, strict=False)).get(value)
    return said or value.replace("_", " and ").capitalize()
