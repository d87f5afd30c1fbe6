from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers the system checks; nothing else may run at start-up.
        import integrations.checks  # noqa: F401

        post_migrate.connect(_ensure_schedules, dispatch_uid="integrations.schedules")


def _ensure_schedules(using: str, **kwargs: Any) -> None:
    from integrations.jobs import ensure_schedules

    if using == "default":
        ensure_schedules()
