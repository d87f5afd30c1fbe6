"""What the product knows of records: their fields, how these map, which records are pairs."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from mappings.converters import FieldInfo
from mappings.fields import SOURCE_WINS, TARGET_WINS, Field


class RemoteField(models.Model):
    """One field of one entity as the remote app describes it: the catalogue of the field map."""

    connection = models.ForeignKey(
        "integrations.Connection", on_delete=models.CASCADE, related_name="remote_fields"
    )
    entity = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    label = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, default="text")
    required = models.BooleanField(default=False)
    length = models.PositiveIntegerField(null=True, blank=True)
    choices = models.JSONField(default=dict, blank=True)
    custom = models.BooleanField(default=False)
    read_only = models.BooleanField(default=False)
    unique = models.BooleanField(default=False)
    remote_id = models.CharField(max_length=40, blank=True)
    unmappable = models.CharField(max_length=200, blank=True)
    fetched_at = models.DateTimeField()

    class Meta:
        ordering = ["connection", "entity", "name"]
        verbose_name, verbose_name_plural = "field of an app", "fields of the apps"
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "entity", "name"], name="one_row_per_remote_field"
            )
        ]

    def __str__(self) -> str:
        return self.label or self.name

    @property
    def info(self) -> FieldInfo:
        return FieldInfo(
            name=self.name,
            label=self.label,
            kind=self.kind,
            required=self.required,
            length=self.length,
            choices=self.choices,
            custom=self.custom,
            read_only=self.read_only,
            unique=self.unique,
            remote_id=self.remote_id,
            unmappable=self.unmappable,
        )


class FieldMap(models.Model):
    """One field pair in force for a module; the rows of a setting replace the flow's defaults."""

    class On(models.TextChoices):
        ALWAYS = "always", "Always"
        CREATE = "create", "Only when the record is created"
        BLANK = "blank", "Only where the other side has nothing"

    class Wins(models.TextChoices):
        MODULE = "", "As the module decides"
        SOURCE = SOURCE_WINS, "The first app wins"
        TARGET = TARGET_WINS, "The second app wins"

    setting = models.ForeignKey(
        "integrations.FlowSetting", on_delete=models.CASCADE, related_name="field_maps"
    )
    flow = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    source = models.CharField(max_length=120)
    target = models.CharField(max_length=120)
    via = models.CharField("converter", max_length=80, default="text")
    on = models.CharField("written", max_length=10, choices=On.choices, default=On.ALWAYS)
    clears = models.BooleanField(
        "an empty value clears the other side", default=False, help_text="Off: it is left alone."
    )
    wins = models.CharField(
        "changed on both sides", max_length=6, choices=Wins.choices, default=Wins.MODULE, blank=True
    )

    class Meta:
        ordering = ["setting", "flow", "position"]
        verbose_name, verbose_name_plural = "field pair", "field maps"
        constraints = [
            models.UniqueConstraint(
                fields=["setting", "flow", "target"], name="one_source_per_target_field"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"

    @property
    def pair(self) -> Field:
        return Field(self.source, self.target, self.via, self.on, self.clears, self.wins)


class RecordLink(models.Model):
    """A record in scope: the pair of ids when there is one, and the state it is in now."""

    class State(models.TextChoices):
        IN_SYNC = "in_sync", "In sync"
        EXCLUDED = "excluded", "Left out"
        WAITING = "waiting", "Waiting"
        FAILING = "failing", "Needs attention"
        CONFLICT = "conflict", "Changed on both sides"
        UNDECIDED = "undecided", "Possible duplicate"
        UNCERTAIN = "uncertain", "Not confirmed"
        GONE = "gone", "Deleted on one side"

    class Origin(models.TextChoices):
        MATCH = "match", "Found as a pair"
        CREATE = "create", "Created by a sync"
        MANUAL = "manual", "Paired by hand"

    class Decision(models.TextChoices):
        NONE = "", "Not decided"
        SAME = "same", "The same record: pair them"
        DIFFERENT = "different", "Another record: create it"
        KEEP_SOURCE = "keep_source", "Write the source's values"
        KEEP_TARGET = "keep_target", "Keep the target's values"
        BY_FIELD = "by_field", "Chosen field by field"
        FETCH = "fetch", "Fetch the present values"

    setting = models.ForeignKey(
        "integrations.FlowSetting", on_delete=models.CASCADE, related_name="links"
    )
    flow = models.CharField(max_length=60)
    source_id = models.CharField(max_length=60, null=True, blank=True)
    target_id = models.CharField(max_length=60, null=True, blank=True)
    name = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=12, choices=State.choices)
    cause = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    details = models.JSONField(default=dict, blank=True)
    waiting_flow = models.CharField(max_length=60, blank=True)
    waiting_id = models.CharField(max_length=60, blank=True)
    decision = models.CharField(
        max_length=12, choices=Decision.choices, default=Decision.NONE, blank=True
    )
    decided_target = models.CharField(max_length=60, blank=True)
    decided_fields = models.JSONField(
        default=list, blank=True, help_text="Target fields that get the source's values."
    )
    origin = models.CharField(max_length=8, choices=Origin.choices, blank=True)
    pinned = models.BooleanField("kept by hand", default=False)
    # Since the pair was made, by anybody but a sync: a record somebody worked on is not deleted.
    source_edited = models.BooleanField("first record edited by people", default=False)
    target_edited = models.BooleanField("second record edited by people", default=False)
    later_until = models.DateTimeField(
        null=True, blank=True, help_text="Decided later: not asked again before."
    )
    source_digest = models.BinaryField(max_length=16, null=True, blank=True)
    target_digest = models.BinaryField(max_length=16, null=True, blank=True)
    source_modified = models.CharField(max_length=40, blank=True)
    target_modified = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=0, help_text="Of the map the digests are by.")
    planned_version = models.PositiveIntegerField(
        default=0, help_text="Of the choices the state was decided by."
    )
    due = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField(help_text="When the record came into this state.")
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-updated_at", "-id"]
        verbose_name = "record"
        permissions = [
            ("decide_record", "Can decide possible duplicates and changes on both sides"),
            ("repair_pair", "Can separate pairs, keep them and pair again"),
        ]
        constraints = [
            models.UniqueConstraint(
                # Two empty ids do not collide: null is never equal to null.
                fields=["setting", "source_id"],
                name="one_link_per_source_record",
            ),
            models.UniqueConstraint(
                fields=["setting", "target_id"],
                name="one_link_per_target_record",
            ),
            models.CheckConstraint(
                condition=Q(source_id__isnull=False) | Q(target_id__isnull=False),
                name="a_link_has_a_side",
            ),
        ]
        indexes = [
            models.Index(F("updated_at").desc(), F("id").desc(), name="links_newest_first"),
            models.Index(fields=["setting", "state"], name="links_by_state"),
            models.Index(
                fields=["state", "cause", "since"],
                condition=Q(state__in=("failing", "gone", "undecided", "conflict")),
                name="links_for_people",
            ),
            models.Index(fields=["setting", "flow"], condition=Q(due=True), name="links_due"),
            models.Index(
                fields=["waiting_flow", "waiting_id"],
                condition=Q(state="waiting"),
                name="links_waiting_for",
            ),
            models.Index(fields=["target_id"], name="links_by_target"),
            models.Index(fields=["source_id"], name="links_by_source"),
        ]

    def __str__(self) -> str:
        return self.name or self.source_id or self.target_id or "record"

    @property
    def paired(self) -> bool:
        return bool(self.source_id and self.target_id)

    def of_target(self, target_id: str) -> RecordLink:
        """A link of the target record alone, with what this one knows of it. Not stored yet."""
        return RecordLink(
            setting_id=self.setting_id,
            flow=self.flow,
            target_id=target_id,
            name=self.name,
            origin=self.origin,
            source_edited=self.source_edited,
            target_edited=self.target_edited,
            target_digest=self.target_digest,
            target_modified=self.target_modified,
            version=self.version,
        )


class EntityKnown(models.Model):
    """How far the records of one entity have been read into `KnownRecord`."""

    connection = models.ForeignKey(
        "integrations.Connection", on_delete=models.CASCADE, related_name="entities_known"
    )
    entity = models.CharField(max_length=60)
    read_until = models.DateTimeField(help_text="The remote's clock; later changes are not known.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "entity"], name="one_row_per_entity")
        ]

    def __str__(self) -> str:
        return self.entity


class KnownRecord(models.Model):
    """A record known to stand in a remote app: what matching needs of it, nothing more."""

    connection = models.ForeignKey(
        "integrations.Connection", on_delete=models.CASCADE, related_name="known_records"
    )
    entity = models.CharField(max_length=60)
    record_id = models.CharField(max_length=60)
    name = models.CharField(max_length=255, blank=True)
    modified = models.DateTimeField(null=True, blank=True)
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "entity", "record_id"], name="one_row_per_known_record"
            )
        ]
        indexes = [models.Index(fields=["connection", "entity", "modified"], name="known_newest")]

    def __str__(self) -> str:
        return self.name or self.record_id


class KnownKey(models.Model):
    """A key (``kind:value``) under which a known record can be found."""

    connection = models.ForeignKey(
        "integrations.Connection", on_delete=models.CASCADE, related_name="known_keys"
    )
    entity = models.CharField(max_length=60)
    record_id = models.CharField(max_length=60)
    key = models.CharField(max_length=220)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "entity", "key", "record_id"], name="one_row_per_known_key"
            )
        ]
        indexes = [models.Index(fields=["connection", "entity", "record_id"], name="keys_of_known")]

    def __str__(self) -> str:
        return self.key
