"""The plain lists of the integrations app, by subject; read only, all of them."""

from integrations import history
from integrations.admin import changes, connections, decisions, runs, settings, webhooks

__all__ = ["changes", "connections", "decisions", "runs", "settings", "webhooks"]

history.register()
