from typing import Any

from django.apps import AppConfig
from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks


class PagesConfig(SimpleAdminConfig):
    """Django's admin, its pages loaded with the addresses and not with every command: a sync shows
    none, and would pay for them each time it starts."""

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(_check_pages, checks.Tags.admin)


def _check_pages(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    autodiscover()
    return check_admin_app(app_configs, **kwargs)


class ZohosyncConfig(AppConfig):
    """The project package as an app: last in the list, it restyles the other packages' admins."""

    name = "zohosync"
    verbose_name = "zohosync"
    default = True

    def ready(self) -> None:
        from auditlog.registry import auditlog
        from django.contrib.auth.models import Group, User

        from zohosync import statements

        statements.keep_no_log()
        # Who may what is evidence. Not last_login: sign-ins have a log of their own.
        rights = ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]
        auditlog.register(
            User,
            include_fields=["username", "email", "first_name", "last_name", *rights],
            m2m_fields={"groups", "user_permissions"},
        )
        auditlog.register(Group, m2m_fields={"permissions"})
