"""The choices of a module in the screens' words, each with a line saying what will happen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from integrations import module_flows, registry, ways
from integrations.models import FlowSetting, Writing
from integrations.sync.flow import Flow
from integrations.words import app_name, interval_words, module_name, option_words
from mappings.counting import counted

Extent, Duplicates, Winner = FlowSetting.Extent, FlowSetting.Duplicates, FlowSetting.Winner
INTERVALS = ("15m", "1h", "2h", "6h", "1d", "off")


@dataclass(frozen=True)
class Choice:
    """One value of a choice: what it is called, and what will happen by it."""

    value: str
    label: str
    effect: str = ""


def _apps(flow: Flow) -> tuple[str, str]:
    """Names of the other app and of the ledger, whichever way the module was declared."""
    ends = (flow.source.app, flow.target.app)
    other, ledger = ends if flow.fetches_forward else ends[::-1]
    return app_name(other), app_name(ledger)


def directions(flow: Flow, allowed: Iterable[str] | None = None) -> list[Choice]:
    """The directions of a module; `allowed` narrows them to those of its integration."""
    other, ledger = _apps(flow)
    first = app_name(flow.source.app if flow.first == "source" else flow.target.app)
    second = ledger if first == other else other
    known = {
        Extent.FETCH: Choice(
            Extent.FETCH,
            f"Fetch from {other}",
            f"From {other} to {ledger} only. Nothing is sent to {other}; what was sent there "
            f"earlier stays. An edit made in {ledger} to a mapped field is replaced by the value "
            f"of {other}.",
        ),
        Extent.PUSH: Choice(
            Extent.PUSH,
            f"Send to {other}",
            f"From {ledger} to {other} only. Nothing is written to {ledger}.",
        ),
        Extent.BOTH: Choice(
            Extent.BOTH,
            "Sync both ways",
            f"{first}'s records come first, then those of {second} are sent. Who wins where both "
            "were changed is chosen below.",
        ),
    }
    offered = flow.extents if allowed is None else allowed
    return [known[Extent(value)] for value in offered]


def duplicates(flow: Flow, possible: int = 0) -> list[Choice]:
    """`possible`: records that look like one already there, where that is known."""
    _, ledger = _apps(flow)
    written = app_name(flow.target.app)
    now = f" {counted(possible, 'is', 'are')} waiting for that now." if possible else ""
    would = (
        f" Up to {counted(possible, 'record')} in {written} would change; a preview shows which, "
        "and how many have transactions."
        if possible
        else ""
    )
    known = {
        Duplicates.ASK: Choice(
            Duplicates.ASK,
            "Ask",
            "Nothing is written until a person has said whether two records are the same." + now,
        ),
        Duplicates.OVERWRITE: Choice(
            Duplicates.OVERWRITE,
            "Overwrite",
            "The record that is already there is paired and gets the values of the mapped fields. "
            "The values before stay in the history; they are not put back by themselves." + would,
        ),
        Duplicates.CLONE: Choice(
            Duplicates.CLONE,
            "Clone",
            f"A second record is made beside the one that is there. {ledger} refuses a second "
            "record of one name unless it is set to allow that.",
        ),
        Duplicates.SKIP: Choice(
            Duplicates.SKIP,
            "Skip",
            "The record is left out, and the one that is there stays as it is.",
        ),
    }
    return [known[Duplicates(value)] for value in flow.duplicates]


def winners(flow: Flow) -> list[Choice]:
    """Who wins where a record was changed on both sides; one way only, nobody has to."""
    first = app_name(flow.source.app)
    _, ledger = _apps(flow)
    return [
        Choice(
            Winner.SOURCE,
            f"{first} wins",
            f"The values of {first} replace those of the other app.",
        ),
        Choice(
            Winner.LEDGER, f"{ledger} wins", f"The values of {ledger} replace those of {first}."
        ),
        Choice(Winner.NEWEST, "The later change wins", "By the time each app gives the change."),
        Choice(Winner.ASK, "Ask", "Nothing is written until a person has chosen."),
    ]


def intervals(present: str = "") -> list[Choice]:
    values = list(INTERVALS)
    if present and present not in values:
        values.insert(0, present)
    return [Choice(value, interval_words(value).capitalize()) for value in values]


def own_options(flow: Flow) -> dict[str, list[Choice]]:
    """The module's own options by name, each with its values."""
    return {
        option.name: [Choice(value, option_words(option, value)) for value in option.values]
        for option in flow.options
    }


NAMES = {
    "enabled": "Switched on",
    "writing": "Writing",
    "extent": "Direction",
    "duplicates": "Duplicates",
    "winner": "Changed on both sides",
    "view": "Records",
    "every": "How often",
}


def change_in_words(flow: Flow, name: str, values: Iterable[str]) -> tuple[str, ...]:
    """The name of a choice and some of its values, as the screens call them."""
    offered: dict[str, Callable[[Flow], list[Choice]]] = {
        "extent": directions,
        "duplicates": duplicates,
        "winner": winners,
    }
    if name in offered:
        known = {choice.value: choice.label for choice in offered[name](flow)}
        return (NAMES[name], *(known.get(value, value) for value in values))
    if name == "every":
        return (NAMES[name], *(interval_words(value) for value in values))
    if name.startswith(module_flows.VIEW_OF):
        named = module_name(name.removeprefix(module_flows.VIEW_OF))
        return (f"Records of {named}", *(value or "All records" for value in values))
    if name == "view":
        return (NAMES[name], *(value or "All records" for value in values))
    if name == "writing":
        return (NAMES[name], *(dict(Writing.choices).get(value, value) for value in values))
    option = next((option for option in flow.options if option.name == name), None)
    if option is None:
        return (NAMES.get(name, name), *(value.capitalize() for value in values))
    return (option.label, *(option_words(option, value) for value in values))


def in_words(setting: FlowSetting) -> list[tuple[str, str, str]]:
    """(name, choice, what will happen) of every choice as it stands."""
    flow = registry.flow(setting.flow)
    shown = []
    for option in flow.options:
        value = str(setting.options.get(option.name, option.default))
        shown.append((option.label, option_words(option, value), option.help))
    pick = {
        "Direction": (directions(flow), setting.extent),
        "Duplicates": (duplicates(flow), setting.duplicates),
        "Changed on both sides": (winners(flow), setting.winner),
    }
    for name, (choices, value) in pick.items():
        if name == "Changed on both sides" and setting.extent != Extent.BOTH:
            continue
        found = next((choice for choice in choices if choice.value == value), Choice(value, value))
        why = ways.why_one_way(setting.integration) if name == "Direction" else ""
        shown.append((name, found.label, f"{found.effect} {why}".strip()))
    running = module_flows.active(setting)
    for active in running:
        name = "Records" if len(running) == 1 else f"Records of {active.label}"
        shown.append((name, setting.view_of(active.key)[1] or "All records", ""))
    shown.append(("How often", interval_words(setting.every).capitalize(), ""))
    return shown
