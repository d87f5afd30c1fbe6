"""What a connector is: a table of entities and the verbs that read and write them.

A connector speaks to one remote app and knows its envelope, paging and error codes. It knows
nothing of flows, links or settings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from integrations.errors import FailRecord, Missing, StopRun, SyncError, TryLater
from integrations.http import Http, Response
from integrations.models import Connection
from integrations.oauth import ACCOUNTS
from integrations.watch import Notifications
from mappings.converters import FieldInfo
from mappings.keys import Key
from mappings.values import expand, read

Record = dict[str, Any]
# How an app is asked for what changed.
SINCE = ("header", "newest_first", "none")
# A search that finds more is narrowed by who asked.
FOUND_AT_MOST = 50


@dataclass(frozen=True)
class Entity:
    """One remote collection.

    `since` says how the app is asked for changes: ``header``, ``newest_first`` (sorted by change
    time, read until the cursor) or ``none`` (read whole). `lacks` names the fields a list row does
    not have, by path or by the object they stand in; a record's own page has all of them.
    `whole` names nested objects that are replaced, not merged, by an update. `finance_owned`
    fields are never overwritten on a record whose `documents` flag is set (G-10), and those of
    `second_look` (or below them) only with a second person's approval while `open_documents`
    says that money is about to be paid by them. `native` is the
    flag of records that the vendor's own integration made; whose they are, only the record says.
    `told`: the app lists what was deleted; where it does not, an absence has to be found out.
    `removes` names the ways a record can be taken out of use: ``inactive``, ``delete``; `inactive`
    is what one that is out of use says of itself.
    `below` names records that go along when one is merged into another: (entity, field that
    points up).

    `born` names what every new record has in fields that are changed by a call of their own: they
    are no part of a create, but follow it. `always` names fields that every update repeats, and
    `fixed` those that nothing changes any more. `rows_in` is the key of the rows in a list's
    answer, where it is not the entity's name; `part_of` the entity whose records show them whole,
    under the same key. `order_by` is the order of a list that cannot be sorted by time, and
    `many_path` the call that tells several records by their ids.
    """

    name: str
    path: str
    label: str
    id_field: str
    name_field: str
    modified_field: str
    created_field: str
    since: str = "none"
    lacks: frozenset[str] = frozenset()
    keys: tuple[Key, ...] = ()
    unique: tuple[str, ...] = ()
    batch: int = 1
    ids_per_read: int = 1
    per_page: int = 200
    whole: frozenset[str] = frozenset()
    finance_owned: frozenset[str] = frozenset()
    second_look: frozenset[str] = frozenset()
    documents: str = ""
    native: str = ""
    facts: tuple[str, ...] = ()
    envelope: str = ""
    told: bool = False
    below: tuple[tuple[str, str], ...] = ()
    removes: tuple[str, ...] = ()
    inactive: Mapping[str, str] = field(default_factory=dict)
    rows_in: str = ""
    born: Mapping[str, Any] = field(default_factory=dict)
    always: tuple[str, ...] = ()
    fixed: frozenset[str] = frozenset()
    order_by: str = ""
    many_path: str = ""
    part_of: str = ""

    def id_of(self, record: Mapping[str, Any]) -> str:
        return str(record[self.id_field])

    def name_of(self, record: Mapping[str, Any]) -> str:
        return str(read(record, self.name_field) or "")[:255]

    def modified_of(self, record: Mapping[str, Any]) -> str:
        return str(record.get(self.modified_field) or "")

    def is_inactive(self, record: Mapping[str, Any]) -> bool:
        """Whether a record, or what is kept of its facts, is out of use."""
        says = self.inactive.items()
        return bool(says) and all(record.get(name) == value for name, value in says)

    def row_has(self, paths: Iterable[str]) -> bool:
        """Whether a list row holds all of `paths`."""
        return not any(path in self.lacks or path.split(".")[0] in self.lacks for path in paths)


@dataclass(frozen=True)
class Page:
    """One page of a list: records, where the next page is (None: this was the last), the clock."""

    records: list[Record]
    following: Any
    date: dt.datetime


@dataclass(frozen=True)
class View:
    """A saved list of the remote app that can narrow a flow."""

    id: str
    name: str


@dataclass(frozen=True)
class Search:
    """How people look records of an entity up by asking the app.

    They fill in the fields of `asked`; those of `told` tell records of one name apart; each is a
    field and its label. `below` names records that hang below: their entity, the field of it that
    points up, the field that holds their name.
    """

    asked: tuple[tuple[str, str], ...]
    told: tuple[tuple[str, str], ...] = ()
    below: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class Found:
    """A record as a search shows it; `below` are the names of those that hang below it."""

    id: str
    name: str
    facts: tuple[tuple[str, str], ...] = ()
    below: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """Where in the app a person enters a document for a record: its title, and the address with
    {domain}, {organization} and {id}. `where` holds facts the record must have for it."""

    title: str
    address: str
    where: Mapping[str, str]


@dataclass(frozen=True)
class Role:
    """What the sign-in is in the organisation, and whether it administers it."""

    name: str
    administers: bool


@dataclass(frozen=True)
class Written:
    """Outcome of one write: the id, the record as it stands now where the app told it."""

    id: str = ""
    record: Record | None = None
    error: SyncError | None = None


@dataclass(frozen=True)
class Deleted:
    """A record that is not there any more; `for_good`: no recycle bin of the app holds it."""

    id: str
    at: dt.datetime
    for_good: bool = False


@dataclass(frozen=True)
class Code:
    """What a vendor's error code means: the class decides what happens next."""

    code: str
    error: type[SyncError]
    message: str
    remedy: str = ""
    cause: str = ""
    after: dt.timedelta | None = None


class Connector:
    """One remote app, reached through one connection. Subclasses are tables plus an envelope."""

    app: ClassVar[str] = ""
    label: ClassVar[str] = ""
    root: ClassVar[str] = ""
    scopes: ClassVar[tuple[str, ...]] = ()
    scope_reasons: ClassVar[Mapping[str, str]] = {}
    entities: ClassVar[Mapping[str, Entity]] = {}
    codes: ClassVar[tuple[Code, ...]] = ()
    calls_per_minute: ClassVar[int | None] = None
    calls_per_day: ClassVar[Mapping[str, int]] = {}
    is_ledger: ClassVar[bool] = False
    # How the app tells of changes by itself; None where it cannot.
    notifications: ClassVar[Notifications | None] = None
    # The address of a record's page, with {domain}, {organization}, {entity.…} and {id}.
    web: ClassVar[str] = ""
    # How records are looked up and what is entered for them, by entity.
    searches: ClassVar[Mapping[str, Search]] = {}
    forms: ClassVar[Mapping[str, tuple[Form, ...]]] = {}

    def __init__(self, connection: Connection, http: Http | None = None) -> None:
        self.connection = connection
        self.http = http or Http(connection, self.root, self.judge, token_dead=self.token_dead)
        # Two apps may hold organisations of one name.
        self.http.pacer.called = f"{self.label} ({connection.name})"

    def entity(self, name: str) -> Entity:
        return self.entities[name]

    # Judging answers ---------------------------------------------------------------------------

    def code_of(self, response: Response) -> tuple[str, str]:
        """The vendor's (code, message) in an answer; code '' when it reports success."""
        raise NotImplementedError

    def token_dead(self, response: Response) -> bool:
        """Whether the answer says that the access token is not valid (any more)."""
        return response.status == 401

    def judge(self, response: Response) -> SyncError | None:
        """The error an answer stands for, or None for success."""
        code, message = self.code_of(response)
        if response.status < 400 and not code:
            return None
        known = next((row for row in self.codes if row.code == code), None)
        if known is not None:
            return self.error(known, message, response)
        if response.status == 429:
            said = f"{self.connection.name} wants fewer requests: {message}"
            return TryLater(said, after=response.wait(60))
        if response.status >= 500:
            return TryLater(
                f"{self.connection.name} failed (HTTP {response.status}).",
                done=None,
                finished=response.status in {500, 503},  # 502, 504: a gateway that knows nothing
                after=response.wait(30),
            )
        if response.status == 404:
            return Missing(message or "It is not there.", code=code or "404", cause="missing")
        return FailRecord(
            message or f"HTTP {response.status}",
            f"{self.label} refused it with code {code or response.status}.",
            code=code or str(response.status),
        )

    def error(self, known: Code, message: str, response: Response) -> SyncError:
        text = known.message.format(message=message, name=self.connection.name)
        if issubclass(known.error, TryLater):
            after = known.after or dt.timedelta(seconds=60)
            return known.error(text, known.remedy, after=response.wait(after.total_seconds()))
        if issubclass(known.error, FailRecord):
            field = self.field_named(message)
            return known.error(text, known.remedy, code=known.code, field=field, cause=known.cause)
        return known.error(text, known.remedy)

    def field_named(self, message: str) -> str:
        """The field that the vendor's sentence about a refused value names; '' for none."""
        return ""

    # Reading -----------------------------------------------------------------------------------

    def page(
        self,
        entity: Entity,
        *,
        at: Any = None,
        since: dt.datetime | None = None,
        fields: Sequence[str] = (),
        view: str = "",
        order: str = "",
    ) -> Page:
        """One page of a list; `at` is None for the first, else the `following` of the one before.

        `order` is ``modified`` or ``created`` for newest first; '' leaves it to the app, which
        must then keep to an order that no edit disturbs, or that moves rows only backwards.
        """
        raise NotImplementedError

    def list(
        self, entity: Entity, since: dt.datetime | None = None, **filters: Any
    ) -> Iterator[Page]:
        """All pages, one at a time. With `newest_first` reading stops at the first older row."""
        page = self.page(entity, since=since, **filters)
        yield page
        while page.following is not None:
            page = self.page(entity, at=page.following, since=since, **filters)
            yield page

    def count(self, entity: Entity, *, view: str = "") -> int | None:
        """How many records a full read would bring; None where the app cannot say in one call."""
        return None

    def get(self, entity: Entity, record_id: str, *, fields: Sequence[str] = ()) -> Record:
        """One record with all its fields. Raises Missing."""
        raise NotImplementedError

    def get_many(
        self, entity: Entity, ids: Sequence[str], *, fields: Sequence[str] = ()
    ) -> dict[str, Record]:
        """Records by id; ids that are not there are left out."""
        found: dict[str, Record] = {}
        for record_id in ids:
            with suppress(Missing):
                found[record_id] = self.get(entity, record_id, fields=fields)
        return found

    # Writing -----------------------------------------------------------------------------------

    def body(
        self, entity: Entity, values: Mapping[str, Any], catalogue: Mapping[str, FieldInfo]
    ) -> Record:
        """The wire form of target values: nested, amounts as Decimal."""
        kinds = {name: info.kind for name, info in catalogue.items()}
        exact = {
            path: Decimal(value)
            if isinstance(value, str) and kinds.get(path) in {"money", "number"}
            else value
            for path, value in values.items()
        }
        return expand(exact)

    def create(self, entity: Entity, body: Record) -> Written:
        """Make one record. Raises FailRecord, TryLater or StopRun."""
        raise NotImplementedError

    def update(self, entity: Entity, record_id: str, body: Record) -> Written:
        """Change one record. Raises FailRecord, TryLater or StopRun."""
        raise NotImplementedError

    def write_many(self, entity: Entity, writes: Sequence[tuple[str, Record]]) -> Sequence[Written]:
        """Carry out (id or '', body) pairs in order; '' creates. One by one unless the app can.

        What stops the run or has to wait is raised before any write of the call was made, and
        only then; otherwise it stands in the row it befell.
        """
        done = []
        for number, (record_id, body) in enumerate(writes):
            try:
                if record_id:
                    done.append(self.update(entity, record_id, body))
                else:
                    done.append(self.create(entity, body))
            except (StopRun, TryLater) as error:
                if number == 0:
                    raise
                done.append(Written(error=error))
                break
            except FailRecord as error:
                done.append(Written(error=error))
        return done

    # Taking out of use -------------------------------------------------------------------------

    def deleted(
        self, entity: Entity, since: dt.datetime | None = None
    ) -> Iterator[tuple[dt.datetime, Sequence[Deleted]]]:
        """Pages of what was deleted, each with the app's clock; only where the entity is `told`."""
        return iter(())

    def took_in(
        self, entity: Entity, record_id: str, since: dt.datetime, until: dt.datetime
    ) -> bool | None:
        """Whether the app's own history of a record tells of another that was merged into it in
        that time; None where it does not say. One call."""
        return None

    def below(self, entity: Entity, ids: Sequence[str]) -> Sequence[tuple[str, str, str]]:
        """(entity, id, id of the upper one) of records that hang below these, by `Entity.below`;
        so many as one call each brings. For apps in which records are merged."""
        return ()

    def delete(self, entity: Entity, record_id: str) -> Written:
        """Delete one record. Raises FailRecord, TryLater or StopRun."""
        raise NotImplementedError

    def deactivate(self, entity: Entity, record_id: str) -> Written:
        """Mark one record inactive: it stays, and nothing new is made of it."""
        raise NotImplementedError

    def held_by(self, entity: Entity, record: Record) -> Sequence[str]:
        """What a person would lose with the record, in words ("comments"); may ask the app.

        `record` is as `get` gives it. A record of which the app does not say is held by that.
        """
        return ("nothing is known of what hangs on it",)

    def find(self, entity: Entity, wanted: Mapping[str, str]) -> Sequence[Found]:
        """Records whose fields contain these texts, asked of the app now, by name; `FOUND_AT_MOST`
        of them. The fields are those of `searches`; empty texts do not count."""
        return []

    # What else an app may offer ----------------------------------------------------------------

    def fields(self, entity: Entity) -> Sequence[FieldInfo]:
        """The catalogue of an entity, for the field map and for checks before a write."""
        return []

    def views(self, entity: Entity) -> Sequence[View]:
        return []

    def locks(self) -> dict[str, dt.date]:
        """Last locked day by area (G-9); "all" binds every area, the day itself is locked."""
        return {}

    def organizations(self) -> Sequence[Record]:
        """What the sign-in can reach: organization_id, name, base_currency, plan, time_zone."""
        raise NotImplementedError

    def facts(self, entity: Entity, record: Record) -> Sequence[tuple[str, str]]:
        """(label, value) pairs that tell the record, as `get` gives it, from others; may ask."""
        return []

    def open_documents(self, entity: Entity, record: Record) -> bool:
        """Whether documents of the record wait to be paid to it; may ask."""
        return False

    def signed_in_as(self) -> str:
        """The e-mail address of the sign-in (G-16); '' where the app does not tell."""
        return ""

    def role(self) -> Role | None:
        """What the sign-in may do in the organisation; None where the app does not tell."""
        return None

    def in_view(self, entity: Entity, ids: Sequence[str], view: str) -> set[str]:
        """Which of these records a view shows. Only asked of apps that have views."""
        raise NotImplementedError

    def web_url(self, entity: Entity, record_id: str) -> str:
        """Where a person sees the record in the app; '' where there is no such page."""
        return self._page(self.web, entity=entity, id=record_id)

    def form_urls(
        self, entity: Entity, record_id: str, facts: Mapping[str, Any]
    ) -> Sequence[tuple[str, str]]:
        """(title, address) of the pages on which a person enters something for the record; the
        address is '' where there is no such page. `facts`: what is known of the record."""
        return [
            (form.title, self._page(form.address, entity=entity, id=record_id))
            for form in self.forms.get(entity.name, ())
            if all(str(facts.get(name) or "") == value for name, value in form.where.items())
        ]

    def _page(self, address: str, **parts: Any) -> str:
        accounts = ACCOUNTS.get(self.connection.grant.data_center, "")
        return accounts and address.format(
            domain=accounts.removeprefix("https://accounts."),
            organization=self.connection.organization_id,
            **parts,
        )

    def close(self) -> None:
        self.http.close()
