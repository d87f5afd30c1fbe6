from django.apps import AppConfig


class ZohosyncConfig(AppConfig):
    """The project package as an app: last in the list, it restyles the other packages' admins."""

    name = "zohosync"
    verbose_name = "zohosync"

    def ready(self) -> None:
        from auditlog.registry import auditlog
        from django.contrib.auth.models import Group, User

        from zohosync import statements

        statements.keep_no_log()
        # Who may what is evidence; every sign-in moves last_login, which has a log of its own.
        auditlog.register(
            User,
            exclude_fields=["password", "last_login"],
            m2m_fields={"groups", "user_permissions"},
        )
        auditlog.register(Group, m2m_fields={"permissions"})
