"""The four groups of people (guard G-15), and what each of them may see by now."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission

AUDITOR, FINANCE, APPROVER, ADMIN = "Auditor", "Finance staff", "Approver", "Integration admin"
GROUPS = (AUDITOR, FINANCE, APPROVER, ADMIN)

# Everybody sees what was synced and why; the machinery is for those who run it.
SEEN_BY_ALL = ("integrations", "mappings", "auditlog")
SEEN_BY_ADMINS = ("django_q", "axes", "auth")


def ensure_groups() -> None:
    """Make the groups and give each the right to see; called after every migration.

    Rights are only added: what an administrator gave a group beyond these stays.
    """
    for name in GROUPS:
        group, _ = Group.objects.get_or_create(name=name)
        apps = SEEN_BY_ALL + (SEEN_BY_ADMINS if name == ADMIN else ())
        group.permissions.add(
            *Permission.objects.filter(
                content_type__app_label__in=apps, codename__startswith="view_"
            )
        )
