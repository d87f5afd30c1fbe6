"""The models of the integrations app, by subject."""

from integrations.models.archive import ArchivedPair, PairFile, PairFileRow
from integrations.models.connections import Connection, Grant, Integration, Pace, Writing
from integrations.models.consents import Consent
from integrations.models.decisions import Decision
from integrations.models.deletions import DeletionsRead
from integrations.models.planned import PlannedKey
from integrations.models.runs import COUNTS, Change, SyncRun
from integrations.models.settings import (
    Checkpoint,
    FlowSetting,
    WritingSwitch,
    parse_interval,
)
from integrations.models.webhooks import Channel, NotificationCount, NotifiedRecord, WebhookEvent

__all__ = [
    "COUNTS",
    "ArchivedPair",
    "Change",
    "Channel",
    "Checkpoint",
    "Connection",
    "Consent",
    "Decision",
    "DeletionsRead",
    "FlowSetting",
    "Grant",
    "Integration",
    "NotificationCount",
    "NotifiedRecord",
    "Pace",
    "PairFile",
    "PairFileRow",
    "PlannedKey",
    "SyncRun",
    "WebhookEvent",
    "Writing",
    "WritingSwitch",
    "parse_interval",
]
