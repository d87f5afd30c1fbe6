"""What a choice is going to do, said before it is made."""

from __future__ import annotations

from integrations import registry
from integrations.models import FlowSetting
from integrations.words import app_name, flow_of, organisation_words, sides
from mappings.keys import exact
from mappings.models import RecordLink

TITLES = {
    "same": "These are the same records",
    "different": "These are other records",
    "later": "Not now",
}
IN_GENERAL = {
    "same": (
        "Each becomes a pair with its only look-alike and gives it its values, with the next "
        "sync. What only finance changes is left as it is where there are documents."
    ),
    "different": "Each is created as a new record with the next sync.",
    "later": "Nothing is written. They come back here in a week.",
}


def only_candidate(link: RecordLink) -> str:
    """The id of the one look-alike that is free to be paired with; '' where that is not clear."""
    found = link.details.get("candidates") or []
    if len(found) != 1 or found[0].get("paired_with"):
        return ""
    return str(found[0].get("id") or "")


def of_choices(link: RecordLink, setting: FlowSetting) -> dict[str, str]:
    """A sentence for each of same, different and later; `setting` with its organisations."""
    first, second = sides(link.flow)
    near, far = (first, second) if link.source_id else (second, first)
    written = organisation_of(setting, far)
    return {
        "same": _same(link, setting, near, far, written),
        "different": _different(link, setting, near, far, written),
        "later": "Nothing is written. It comes back to this list by itself.",
    }


def organisation_of(setting: FlowSetting, app: str) -> str:
    """The organisation that an app's name stands for in this module."""
    integration = setting.integration
    pair = (integration.ledger, integration.other)
    return next((organisation_words(c) for c in pair if app_name(c.app) == app), app)


def _same(link: RecordLink, setting: FlowSetting, near: str, far: str, written: str) -> str:
    two_way = setting.extent == FlowSetting.Extent.BOTH
    if two_way and setting.winner == FlowSetting.Winner.LEDGER:
        return (
            "They become a pair with the next sync. Books wins in this module, so its values stay "
            "and are written to the other side."
        )
    said = (
        f"They become a pair with the next sync, and the record in {far}, of {written}, gets the "
        f"values from {near}."
    )
    if not finance_owns(link):
        return said
    return (
        f"{said} If it has documents there, currency, tax number, payment terms, credit limit and "
        "country stay as they are; a difference is put to you."
    )


def finance_owns(link: RecordLink) -> bool:
    """Whether the record that is written has fields that finance owns."""
    flow = flow_of(link.flow)
    if flow is None:
        return False
    end = flow.target if link.source_id else flow.source
    return bool(registry.connector_class(end.app).entities[end.entity].finance_owned)


def is_second_name(link: RecordLink) -> bool:
    """Whether one of the look-alikes has exactly its name, as apps compare names."""
    found = link.details.get("candidates") or ()
    names = {name for item in found for name in exact(item.get("name"))}
    return not names.isdisjoint(exact(link.name))


def refuses_second_name(link: RecordLink, setting: FlowSetting) -> bool | None:
    """Whether the app that gets the new record takes no second one of a name: declared by its
    entity, and chosen by the module's option where there is one. None where nothing is known."""
    flow = flow_of(link.flow)
    if flow is None:
        return None
    end = flow.target if link.source_id else flow.source
    if "name" not in registry.connector_class(end.app).entities[end.entity].unique:
        return None
    option = flow.second_name_option if link.source_id else ""
    return registry.options_for(flow, setting).get(option) != "yes"


def certain_to_fail(link: RecordLink, setting: FlowSetting) -> bool:
    """Whether *Another record* comes back as "The name is already used", for sure."""
    return is_second_name(link) and refuses_second_name(link, setting) is True


def _different(link: RecordLink, setting: FlowSetting, near: str, far: str, written: str) -> str:
    said = f"A new record is created in {far}, for {written}, with the next sync."
    if not is_second_name(link) or (refuses := refuses_second_name(link, setting)) is False:
        return said
    if refuses:
        return (
            f"It will be refused: {far} takes no second record of the same name, as the module is "
            f"set, so this comes back as “The name is already used”. Change the name in {near} "
            "first and let it sync, or choose “The same”."
        )
    return (
        f"{said} As {far} may refuse a second record of the same name, it can come back as "
        "“The name is already used” until one of the two is renamed."
    )
