"""The plain lists of the admin site: read only, quick over a million rows, one look."""

from integrations.lists.base import PlainChangeList, PlainList, once
from integrations.lists.paginator import QuickPaginator

__all__ = ["PlainChangeList", "PlainList", "QuickPaginator", "once"]
