"""Merges across sister flows: looked for before a survivor gets a second partner.

A record that took another one in may be a sister flow's where that one was not. Its own pair is
looked for by the flow that had paired the other one, which may not have run yet, or have asked
within the hour. So before a flow makes a pair, the app is asked once a slice what it has deleted
since, and the pairs of sisters whose records were merged away are pointed to the survivors, or
asked about. Plain deletions are left to the flow they belong to.
"""

from __future__ import annotations

from integrations.models import SyncRun
from integrations.sync import marking, merges
from integrations.sync.context import Context
from integrations.sync.deletions import told_anew
from integrations.sync.lease import Lease
from integrations.sync.sisters import Sisters
from mappings.models import RecordLink


class MergeLook:
    """Called before a flow makes pairs; True where pairs of sisters stand differently by it."""

    def __init__(self, ctx: Context, lease: Lease) -> None:
        self.ctx, self.lease = ctx, lease
        self._looked = False

    def __call__(self) -> bool:
        ctx = self.ctx
        side, live = ctx.source, ctx.run.mode == SyncRun.Mode.LIVE
        if self._looked or not live or not side.entity.told:
            return False
        self._looked = True
        # No short cut: each sister is to be looked at.
        found = [self._of(key) for key in Sisters(ctx).keys if self._has_pairs(key)]
        if any(found):
            ctx.links.__dict__.pop("claimed", None)
        return any(found)

    def _has_pairs(self, key: str) -> bool:
        return RecordLink.objects.filter(
            setting__integration_id=self.ctx.setting.integration_id,
            flow=key,
            source_id__isnull=False,
            target_id__isnull=False,
        ).exists()

    def _of(self, key: str) -> bool:
        sister = self.ctx.beside(key)
        if sister is None:
            return False
        side, gone = sister.source, told_anew(sister)
        found = {
            merge.dead_id: merge
            for merge in merges.find(sister, "source", side, list(gone), gone)
            if merge.survivors
        }
        if found:
            marking.note_found(sister, self.lease, "source", side, list(found), gone, found)
        return bool(found)
