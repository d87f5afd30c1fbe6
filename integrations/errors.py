"""What can go wrong with a remote call, sorted by what happens next.

`StopRun`: somebody has to do something before this module can go on. `FailRecord`: this record
is put aside, the others go on. `TryLater`: nobody has to do anything, the run goes on by itself.
"""

from __future__ import annotations

import datetime as dt


class SyncError(Exception):
    """`message` says what happened, `hint` what to do about it; both are shown to the operator."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class StopRun(SyncError):
    """The run waits for a person; `held` is the reason as the `sync` command prints it."""

    held = "settings"


class Disconnected(StopRun):
    """The consent is lost: the connection has to be made again."""

    held = "reconnect"


class Misconfigured(StopRun):
    """A setting of the product or of the remote app forbids what the module needs."""


class WritingStopped(StopRun):
    """Somebody stopped all writing, or set the module to look only while it ran."""

    held = "stopped"


class StopAsked(StopRun):
    """Somebody asked for this sync to end: it ends as soon as what was sent is written down."""


class Held(StopRun):
    """A brake (G-2): too much would change at once; a person looks at the preview first."""

    held = "limits"


class FailRecord(SyncError):
    """The app refused one record; `code` is the vendor's, `field` the field it names."""

    def __init__(
        self, message: str, hint: str = "", *, code: str = "", field: str = "", cause: str = ""
    ) -> None:
        super().__init__(message, hint)
        self.code = code
        self.field = field
        self.cause = cause or "rejected"


class Rejected(FailRecord):
    """The app answered that it will not take these values."""


class Missing(FailRecord):
    """The record is not there (any more)."""


class TryLater(SyncError):
    """The app cannot answer now. `after` is the time to wait, from now.

    `done` says whether a write that got this answer may have been carried out all the same:
    False: certainly not (refused connection, 429). None: unknown, the answer was lost.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        after: dt.timedelta = dt.timedelta(seconds=30),
        done: bool | None = False,
        finished: bool = True,
        held: str | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.after = after
        self.done = done
        # True: the app has ended its work on the request, so a look-up now is proof.
        self.finished = finished
        self.held = held
