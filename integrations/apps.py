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

        post_migrate.connect(new_installation, sender=self, dispatch_uid="integrations")


def new_installation(using: str, **kwargs: Any) -> None:
    """What the database holds from the start: the workers' beat, the groups of people,
    a setting for every module, and triggers that keep the evidence."""
    from integrations import evidence
    from integrations.access import ensure_groups
    from integrations.jobs import ensure_schedules
    from integrations.new_modules import ensure_modules

    if using == "default":
        evidence.enforce()
        ensure_schedules()
        ensure_groups()
        ensure_modules()
