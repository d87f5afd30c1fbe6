"""The plain lists of the integrations app, by subject; read only, all of them."""

from integrations import history
from integrations.admin import changes, connections, runs, settings

__all__ = ["changes", "connections", "runs", "settings"]

history.register()
