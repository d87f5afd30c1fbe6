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
        # Who may what is evidence. Not last_login: sign-ins have a log of their own.
        rights = ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]
        auditlog.register(
            User,
            include_fields=["username", "email", "first_name", "last_name", *rights],
            m2m_fields={"groups", "user_permissions"},
        )
        auditlog.register(Group, m2m_fields={"permissions"})
