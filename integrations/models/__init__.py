"""The models of the integrations app, by subject."""

from integrations.models.connections import Connection, Grant, Integration, Pace, Writing
from integrations.models.consents import Consent
from integrations.models.decisions import Decision
from integrations.models.runs import COUNTS, Change, PlannedKey, SyncRun
from integrations.models.settings import (
    Checkpoint,
    FlowSetting,
    WritingSwitch,
    parse_interval,
)

__all__ = [
    "COUNTS",
    "Change",
    "Checkpoint",
    "Connection",
    "Consent",
    "Decision",
    "FlowSetting",
    "Grant",
    "Integration",
    "Pace",
    "PlannedKey",
    "SyncRun",
    "Writing",
    "WritingSwitch",
    "parse_interval",
]
