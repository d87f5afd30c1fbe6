"""The four groups of people (guard G-15): what each may see and do."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

AUDITOR, FINANCE, APPROVER, ADMIN = "Auditor", "Finance staff", "Approver", "Integration admin"
GROUPS = (AUDITOR, FINANCE, APPROVER, ADMIN)

# Everybody sees what was synced and why; the machinery is for those who run it.
SEEN_BY_ALL = ("integrations", "mappings", "auditlog")
SEEN_BY_ADMINS = ("django_q", "axes", "auth")

# What a group may do beyond seeing. Nobody approves what they asked for, whatever the group.
DEEDS: dict[str, tuple[str, ...]] = {
    AUDITOR: (),
    FINANCE: (
        "mappings.decide_record",
        "integrations.retry_record",
        "integrations.request_approval",
        "integrations.stop_writing",
    ),
    APPROVER: ("integrations.approve_preview", "integrations.stop_writing"),
    ADMIN: (
        "mappings.decide_record",
        "mappings.repair_pair",
        "mappings.change_fieldmap",
        "integrations.retry_record",
        "integrations.request_approval",
        "integrations.start_sync",
        "integrations.stop_writing",
        "integrations.start_writing",
        "integrations.add_connection",
        "integrations.change_connection",
        "integrations.delete_connection",
        "integrations.change_integration",
        "integrations.change_flowsetting",
        "integrations.handle_event",
    ),
}


def ensure_groups() -> None:
    """Make the groups and give each its rights; called after every migration.

    Rights are only added: what an administrator gave a group beyond these stays.
    """
    for name in GROUPS:
        group, _ = Group.objects.get_or_create(name=name)
        apps = SEEN_BY_ALL + (SEEN_BY_ADMINS if name == ADMIN else ())
        wanted = Q(content_type__app_label__in=apps, codename__startswith="view_")
        for deed in DEEDS[name]:
            label, _, codename = deed.partition(".")
            wanted |= Q(content_type__app_label=label, codename=codename)
        group.permissions.add(*Permission.objects.filter(wanted))


def who_may(permission: str) -> list[str]:
    """Names of the groups that have a right: whom to ask."""
    label, _, codename = permission.partition(".")
    groups = Group.objects.filter(
        permissions__codename=codename, permissions__content_type__app_label=label
    )
    return list(groups.order_by("name").values_list("name", flat=True))


def whom_to_ask(permission: str) -> str:
    """Who can do what the reader may not: "an Integration admin"."""
    groups = who_may(permission)
    if len(groups) == 1:
        return f"{'an' if groups[0][0] in 'AEIOU' else 'a'} {groups[0]}"
    return f"somebody of {' or '.join(groups)}" if groups else "whoever manages the users"


def only_they(permission: str, deed: str) -> str:
    """Told to somebody without the right: whom to ask, such as "Only the groups Finance staff and
    Integration admin may decide."."""
    groups = who_may(permission)
    if not groups:
        return f"No group may {deed} yet; ask whoever manages the users."
    named = " and ".join(part for part in (", ".join(groups[:-1]), groups[-1]) if part)
    return f"Only the group{'s' if len(groups) > 1 else ''} {named} may {deed}."
