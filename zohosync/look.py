"""The admin site's look: its name, its side bar by subject, who sees which link in it."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse

from integrations import registry


@dataclass(frozen=True)
class Link:
    """One line of the side bar: a model's list, by the model's label."""

    title: str
    icon: str  # a name of the Material Symbols font that Unfold serves
    model: str


@dataclass(frozen=True)
class Page:
    """One line of the side bar: a page of our own, by its address's name and who may see it.

    A page of one `module` is there only where that module is.
    """

    title: str
    icon: str
    name: str
    permission: str
    module: str = ""


START = Page("Dashboard", "dashboard", "reports:dashboard", "integrations.view_syncrun")
SEE_RECORDS = "mappings.view_recordlink"
NAVIGATION: dict[str, tuple[Link | Page, ...]] = {
    "Every morning": (
        START,
        Page("Needs attention", "report", "office:attention", "mappings.view_recordlink"),
        Page("Possible duplicates", "join", "office:duplicates", "mappings.view_recordlink"),
        Page("Changed on both sides", "call_split", "office:conflicts", "mappings.view_recordlink"),
        Page("Deleted on one side", "person_remove", "office:deleted", "mappings.view_recordlink"),
        Page("Sync history", "history", "reports:history", "integrations.view_syncrun"),
        Page("Integration report", "summarize", "reports:pushed", "integrations.view_change"),
    ),
    "Working lists": (
        Page("Customers from CRM", "groups", "office:working", SEE_RECORDS, "crm.customers"),
        Page("Vendors from CRM", "storefront", "office:working", SEE_RECORDS, "crm.vendors"),
    ),
    "Set up": (
        Page("Connect", "add_link", "office:connections", "integrations.view_connection"),
        Page("Modules", "tune", "office:modules", "integrations.view_flowsetting"),
    ),
    "Plain lists of records": (
        Link("Records by state", "fact_check", "mappings.RecordLink"),
        Link("Syncs", "sync", "integrations.SyncRun"),
        Link("Changes", "difference", "integrations.Change"),
        Link("Notifications", "notifications", "integrations.WebhookEvent"),
    ),
    "Plain lists of the set-up": (
        Link("Integrations", "hub", "integrations.Integration"),
        Link("Module settings", "tune", "integrations.FlowSetting"),
        Link("Field maps", "swap_horiz", "mappings.FieldMap"),
        Link("Connections", "cable", "integrations.Connection"),
        Link("Sign-ins at Zoho", "key", "integrations.Grant"),
        Link("Fields of the apps", "list_alt", "mappings.RemoteField"),
    ),
    "Queue": (
        Link("Waiting jobs", "pending_actions", "django_q.OrmQ"),
        Link("Schedules", "schedule", "django_q.Schedule"),
        Link("Finished jobs", "task_alt", "django_q.Success"),
        Link("Failed jobs", "error", "django_q.Failure"),
    ),
    "People and history": (
        Link("Users", "person", "auth.User"),
        Link("Groups", "group", "auth.Group"),
        Link("History of settings", "history", "auditlog.LogEntry"),
        Link("Decisions", "gavel", "integrations.Decision"),
        Link("Consents asked for", "approval", "integrations.Consent"),
        Link("Stops of writing", "front_hand", "integrations.WritingSwitch"),
        Link("Sign-ins", "login", "axes.AccessLog"),
        Link("Refused sign-ins", "lock", "axes.AccessAttempt"),
    ),
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's navigation: the groups with the links this user may follow, none of them dead."""
    groups: list[dict[str, Any]] = []
    if not request.user.has_perm(START.permission):
        # The start page is the dashboard for those who may see it, and has one entry.
        home = {"title": "Home", "icon": "home", "link": reverse("admin:index")}
        groups.append({"items": [home]})
    for title, links in NAVIGATION.items():
        items = [item for link in links if (item := _item(request, link))]
        if items:
            groups.append({"title": title, "separator": bool(groups), "items": items})
    return groups


def _item(request: HttpRequest, link: Link | Page) -> dict[str, Any] | None:
    if isinstance(link, Page):
        return _page(request, link)
    try:
        model = apps.get_model(link.model)
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    except (LookupError, NoReverseMatch):
        return None  # no such list in this installation
    if not admin.site._registry[model].has_view_permission(request):
        return None
    return {"title": link.title, "icon": link.icon, "link": address}


def _page(request: HttpRequest, page: Page) -> dict[str, Any] | None:
    if not request.user.has_perm(page.permission):
        return None
    if page.module and page.module not in registry.discover().flows:
        return None
    try:
        address = reverse(page.name, args=[page.module] if page.module else [])
    except NoReverseMatch:
        return None  # not in this installation
    item: dict[str, Any] = {"title": page.title, "icon": page.icon, "link": address}
    if page is START:
        item["active"] = request.path in {address, reverse("admin:index")}
    return item


def style_sheet(request: HttpRequest) -> str:
    """The address of our own style sheet, beside Unfold's."""
    return static("zohosync/site.css")


def favicon(request: HttpRequest) -> str:
    """The address of the small picture in the browser's tab."""
    return static("zohosync/favicon.svg")
