from django.apps import AppConfig


class ZohosyncConfig(AppConfig):
    """The project package as an app: last in the list, it restyles the other packages' admins."""

    name = "zohosync"
    verbose_name = "zohosync"

    def ready(self) -> None:
        from zohosync import statements

        statements.keep_no_log()
