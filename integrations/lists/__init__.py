"""The plain lists of the admin site: read only, quick over a million rows, one look."""

from integrations.lists.base import PlainList, name_on_screens, once
from integrations.lists.paginator import QuickPaginator

__all__ = ["PlainList", "QuickPaginator", "name_on_screens", "once"]
