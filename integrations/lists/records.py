"""Finding rows by the record they are about."""

from __future__ import annotations

from django.db.models import Q

from integrations.models import FlowSetting
from mappings.models import RecordLink

# Names are looked up among the records; more of them than this name nobody in particular.
NAMES = 200


def of_record(text: str) -> Q:
    """Changes of the records whose name begins so, or whose id is that.

    By way of the records: ids are indexed beside the setting, names of changes are not.
    """
    text = text.replace("\x00", "")
    ids = {text}
    if not text.isdigit():
        found = RecordLink.objects.filter(name__istartswith=text).order_by()
        for pair in found.values_list("source_id", "target_id")[:NAMES]:
            ids |= {record_id for record_id in pair if record_id}
    settings = list(FlowSetting.objects.values_list("pk", flat=True))
    return Q(setting__in=settings, source_id__in=ids) | Q(target_id__in=ids)
