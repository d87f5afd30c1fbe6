"""One execution of a flow, and the outcome of each record in it."""

from __future__ import annotations

from django.conf import settings as project
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.functional import cached_property

from integrations.models.settings import FlowSetting

COUNTS = (
    "read",
    "created",
    "updated",
    "linked",
    "unchanged",
    "deleted",
    "excluded",
    "waiting",
    "failing",
    "conflicts",
    "undecided",
    "uncertain",
)


class SyncRun(models.Model):
    """One execution. It can stop at any instruction and go on: its state is in rows."""

    class Direction(models.TextChoices):
        FORWARD = "forward", "Forward"
        REVERSE = "reverse", "Reverse"

    class Mode(models.TextChoices):
        LIVE = "live", "Sync"
        PREVIEW = "preview", "Preview"

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", "On schedule"
        HAND = "hand", "By hand"
        WEBHOOK = "webhook", "After a notification"
        RETRY = "retry", "Tried again"

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "In progress"
        PAUSED = "paused", "Paused"
        DONE = "done", "Finished"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Phase(models.TextChoices):
        READ = "read", "Reading"
        APPLY = "apply", "Writing"

    class Act(models.TextChoices):
        SYNC = "", "Sync"
        INACTIVE = "inactive", "Make inactive"
        DELETE = "delete", "Delete"

    OPEN = (Status.QUEUED, Status.RUNNING, Status.PAUSED)
    # Set by `start` on the run it found open already, in place of a second one.
    joined = False

    setting = models.ForeignKey(FlowSetting, on_delete=models.CASCADE, related_name="runs")
    flow = models.CharField("module", max_length=60)
    direction = models.CharField(max_length=8, choices=Direction.choices, default=Direction.FORWARD)
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.LIVE)
    trigger = models.CharField(max_length=9, choices=Trigger.choices, default=Trigger.HAND)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    act = models.CharField(
        max_length=8,
        choices=Act.choices,
        default=Act.SYNC,
        blank=True,
        help_text="Taking records out of use instead of syncing them.",
    )
    phase = models.CharField(max_length=6, choices=Phase.choices, default=Phase.READ)
    trial = models.JSONField(
        null=True,
        blank=True,
        help_text="Choices a preview tries out before they take effect: columns, field pairs by "
        "flow.",
    )
    held = models.CharField(max_length=20, null=True, blank=True)
    reason = models.TextField(blank=True)
    only_ids = models.JSONField(null=True, blank=True)
    full = models.BooleanField(default=False)
    recheck = models.BooleanField(default=False, help_text="Approved: read again before writing.")
    version = models.PositiveIntegerField(default=0)
    cursor = models.JSONField(null=True, blank=True, help_text="Where reading goes on.")
    remote_start = models.DateTimeField(null=True, blank=True)
    expected = models.PositiveIntegerField(null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    stop_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="Whoever works on it ends it before the next record."
    )
    stop_reason = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    linked = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)
    excluded = models.PositiveIntegerField("left out", default=0)
    waiting = models.PositiveIntegerField(default=0)
    failing = models.PositiveIntegerField("need attention", default=0)
    conflicts = models.PositiveIntegerField("changed on both sides", default=0)
    undecided = models.PositiveIntegerField("possible duplicates", default=0)
    uncertain = models.PositiveIntegerField("not confirmed", default=0)
    calls = models.JSONField(default=dict, blank=True)
    seconds = models.FloatField(default=0)
    peak_rss_mb = models.FloatField(default=0)
    queries = models.PositiveIntegerField(default=0)
    requested_by = models.ForeignKey(
        project.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="runs_requested",
    )
    approval_asked_by = models.ForeignKey(
        project.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="runs_to_approve",
    )
    approval_asked_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        project.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="runs_approved",
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    request_key = models.CharField(
        max_length=64,
        blank=True,
        default="",
        help_text="What a person asked for; while it is open, asking the same leads to it.",
    )
    group = models.CharField(
        max_length=32,
        blank=True,
        default="",
        help_text="The same for the parts of one sync or preview: a flow each, each way.",
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "sync"
        permissions = [
            ("start_sync", "Can start, stop and resume syncs"),
            ("retry_record", "Can try records again"),
            ("request_approval", "Can ask for a preview to be approved"),
            ("approve_preview", "Can approve previews"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["setting"],
                condition=Q(
                    mode="live", only_ids__isnull=True, status__in=("queued", "running", "paused")
                ),
                name="one_unlimited_run_per_setting",
            ),
            models.UniqueConstraint(
                fields=["request_key"],
                condition=Q(status__in=("queued", "running", "paused")) & ~Q(request_key=""),
                name="one_open_run_per_request",
            ),
        ]
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="runs_newest_first"),
            models.Index(fields=["group"], condition=~Q(group=""), name="runs_of_group"),
            models.Index(
                fields=["status"],
                condition=Q(status__in=("queued", "running", "paused")),
                name="runs_open",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What every page calls it: "Sync 6, 22 Nov 04:59 UTC", with any year but this one."""
        at = timezone.localtime(self.created_at)
        year = "" if at.year == timezone.localdate().year else " Y"
        what = "Preview" if self.mode == self.Mode.PREVIEW else "Sync"
        return f"{what} {self.pk}, {date_format(at, f'j M{year} H:i T')}"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to end, and somebody still works on it."""
        return self.is_open and self.stop_asked_at is not None

    @property
    def need_a_person(self) -> int:
        """Records of which nothing is written before a person has looked."""
        return self.failing + self.undecided + self.conflicts + self.uncertain

    @cached_property
    def setting_in_use(self) -> FlowSetting:
        """The setting the sync works by: what is in force, or what a preview tries out (G-5)."""
        return self.setting.tried(self.trial["choices"]) if self.trial else self.setting


class Change(models.Model):
    """The outcome of one record in one run: the plan before the write, the proof after it."""

    class Action(models.TextChoices):
        CREATE = "create", "Create"
        UPDATE = "update", "Change"
        LINK = "link", "Pair"
        DELETE = "delete", "Delete"
        STEP = "step", "Make inactive"
        CONFLICT = "conflict", "Changed on both sides"
        NOTHING = "none", "Nothing written"

    class Status(models.TextChoices):
        PLANNED = "planned", "To be written"
        SENDING = "sending", "Being written"
        WRITTEN = "written", "Written"
        NOTED = "noted", "Nothing to write"
        FAILED = "failed", "Not written"
        UNCERTAIN = "uncertain", "Not confirmed"
        DROPPED = "dropped", "Not written (overtaken or stopped)"

    OPEN = (Status.SENDING, Status.UNCERTAIN)

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="changes")
    setting = models.ForeignKey(FlowSetting, on_delete=models.CASCADE, related_name="changes")
    flow = models.CharField("module", max_length=60)
    action = models.CharField(max_length=8, choices=Action.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLANNED)
    state = models.CharField(max_length=12, blank=True, help_text="The record's state by this.")
    source_id = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=255, blank=True)
    before = models.JSONField(default=dict, blank=True)
    values = models.JSONField(default=dict, blank=True)
    keep = models.JSONField(default=dict, blank=True)
    cause = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    details = models.JSONField(default=dict, blank=True)
    source_digest = models.BinaryField(max_length=16, null=True, blank=True)
    source_modified = models.CharField(max_length=40, blank=True)
    waiting_flow = models.CharField(max_length=60, blank=True)
    waiting_id = models.CharField(max_length=60, blank=True)
    agreed = models.BooleanField(default=False)
    carry_back = models.BooleanField(default=False)
    target_digest = models.BinaryField(max_length=16, null=True, blank=True)
    target_modified = models.CharField(max_length=40, blank=True)
    amount = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    provable_at = models.DateTimeField(
        null=True, blank=True, help_text="From when on not finding the record proves its absence."
    )
    final_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            # Two runs may plan one record; only one of them can be writing it.
            models.UniqueConstraint(
                fields=["setting", "source_id", "target_id"],
                condition=Q(status__in=("sending", "uncertain")),
                name="one_open_write_per_record",
            )
        ]
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="changes_newest_first"),
            models.Index(
                F("final_at").desc(),
                F("id").desc(),
                condition=Q(status="written"),
                name="changes_written",
            ),
            models.Index(
                F("action"), F("created_at").desc(), F("id").desc(), name="changes_by_action"
            ),
            models.Index(fields=["run", "status"], name="changes_of_run"),
            models.Index(fields=["setting", "source_id"], name="changes_of_source"),
            models.Index(fields=["target_id"], name="changes_of_target"),
            models.Index(
                fields=["amount"], condition=Q(amount__isnull=False), name="changes_by_amount"
            ),
            models.Index(
                fields=["setting"],
                condition=Q(status__in=("sending", "uncertain")),
                name="changes_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.name}"
