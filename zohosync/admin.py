"""The admins of the packages we use, registered again in the site's own look.

A third-party ModelAdmin keeps Django's widgets, which Unfold's style sheet leaves without borders
(in dark mode: invisible). Each class here puts Unfold's ModelAdmin in front of the package's own.
"""

from typing import Any

from auditlog.admin import LogEntryAdmin as AuditlogLogEntryAdmin
from auditlog.models import LogEntry
from axes.admin import AccessAttemptAdmin as AxesAccessAttemptAdmin
from axes.admin import AccessFailureLogAdmin as AxesAccessFailureLogAdmin
from axes.admin import AccessLogAdmin as AxesAccessLogAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django_q import admin as django_q_admin
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

for model in (
    *apps.get_app_config("django_q").get_models(),
    *apps.get_app_config("axes").get_models(),
    User,
    Group,
    LogEntry,
):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class LookOnly(ModelAdmin):
    """Rows that the product or a package writes: to be read, never edited or removed by hand."""

    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    date_hierarchy: str | None = None  # its three extra queries are slow on long tables
    actions = None

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Whoever did something stays as the one who did it, and is made inactive instead."""
        there, counts, missing, kept = super().get_deleted_objects(objs, request)
        named = LogEntry.objects.filter(actor__in=objs).values("actor")
        acted = User.objects.filter(pk__in=named)
        kept += [f"{user}, whom the history of settings names; take Active away" for user in acted]
        return there, counts, missing, kept


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    pass


@admin.register(Schedule)
class ScheduleAdmin(LookOnly, django_q_admin.ScheduleAdmin):
    """Not even changed by hand: one schedule whose arguments do not parse stops all of them."""


@admin.register(Success)
class SuccessAdmin(LookOnly, django_q_admin.TaskAdmin):
    pass


@admin.register(Failure)
class FailureAdmin(LookOnly, django_q_admin.FailAdmin):
    """Without django-q2's "resubmit": a sync is tried again from its own page."""


@admin.register(OrmQ)
class WaitingJobAdmin(LookOnly, django_q_admin.QueueAdmin):
    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Harmless: what is due and has no job is queued again within a minute."""
        return ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(LookOnly, AxesAccessAttemptAdmin):
    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Removing an attempt is how somebody who is locked out is let in before the time is up."""
        return ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(AccessLog)
class AccessLogAdmin(LookOnly, AxesAccessLogAdmin):
    pass


@admin.register(AccessFailureLog)
class AccessFailureLogAdmin(LookOnly, AxesAccessFailureLogAdmin):
    pass


@admin.register(LogEntry)
class LogEntryAdmin(LookOnly, AuditlogLogEntryAdmin):
    search_fields = ("object_repr", "changes", "actor__username")
