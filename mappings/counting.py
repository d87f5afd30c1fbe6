"""Numbers in sentences: "1 record", "1,200 records"."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """The number with what is counted; `many` where that is not `one` with an s.

    Either may be the rest of a clause: ``counted(n, "sync goes on", "syncs go on")``.
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
