#!/usr/bin/env python
"""Django's command line for zohosync."""

import os
import sys


def main() -> None:
    """Run the command named on the command line; exit 1 when a setting is missing or wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zohosync.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        settings.INSTALLED_APPS  # noqa: B018  (loads the settings, so that a refusal reads as one)
    except ImproperlyConfigured as refusal:
        sys.exit(f"zohosync does not start: {refusal}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
