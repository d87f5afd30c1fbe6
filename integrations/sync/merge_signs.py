"""What speaks for a record having taken another one in, weighed; asked for with few calls.

An app tells that a record is gone for good, not where it went. The one it was merged into was there
before, and the merge changed it. Of such records it is asked what else fits: the same name, what
hung on the one that is gone, a likeness to its partner, and the app's own history of the record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from integrations import registry
from integrations.connector import Deleted, Record
from integrations.sync.context import Context, Side
from integrations.sync.flow import POSSIBLE, Endpoint
from mappings.keys import keys_of
from mappings.models import KnownKey, RecordLink
from mappings.values import expand, moment

# A merge and the change it makes are of one moment, but not always of one second.
CLOSE = dt.timedelta(minutes=2)
MOMENT = dt.timedelta(seconds=10)
# Calls that one look makes at most: pages of what changed, histories of records.
PAGES, HISTORIES, HISTORIES_EACH = 10, 10, 4
# So many records are asked for what hangs below them.
ASKED_BELOW = 50
# So many are named to a person.
SHOWN = 5
NAME, MOVED, HISTORY, ALIKE, THEN = "name", "moved", "history", "alike", "then"


@dataclass
class Candidate:
    """A record that may have taken the dead one in; `signs` with the words for each."""

    id: str
    name: str
    distance: dt.timedelta
    signs: dict[str, str] = field(default_factory=dict)
    # What the app's history says; None while it was not asked or does not tell.
    history: bool | None = None

    @property
    def is_near(self) -> bool:
        """Whether anything at all points to it."""
        return bool(self.signs) or self.distance <= CLOSE

    @property
    def weight(self) -> tuple[int, dt.timedelta]:
        strong = sum(1 for sign in (NAME, MOVED, HISTORY) if sign in self.signs)
        return (-2 * strong - len(self.signs), self.distance)


@dataclass
class Death:
    """A pair whose record is gone for good, and what may have taken it in."""

    id: str
    at: dt.datetime
    link: RecordLink
    candidates: list[Candidate] = field(default_factory=list)
    # Other records gone for good at that moment: a merge then may have been theirs.
    rivals: bool = False
    # Whether all that changed since is known.
    whole: bool = True

    @property
    def certain(self) -> Candidate | None:
        """The one that took it in without doubt: no two signs may tell of different ones."""
        moved, named = self.having(MOVED), self.having(NAME)
        told = [one for one in self.candidates if one.history]
        if not self.whole or len(told) > 1 or (moved and told and told[0] not in moved):
            return None
        if moved:
            return (told or moved)[0] if told or len(moved) == 1 else None
        if told:
            return told[0] if self._tells_enough(told[0], named) else None
        return named[0] if len(named) == 1 else None

    def having(self, sign: str) -> list[Candidate]:
        return [one for one in self.candidates if sign in one.signs]

    def _tells_enough(self, one: Candidate, named: Sequence[Candidate]) -> bool:
        """A history names no record that went, so nothing else may have gone or changed then."""
        if any(other.history is None and other.is_near for other in self.candidates):
            return False
        return one in named if named else not self.rivals or ALIKE in one.signs

    @property
    def likely(self) -> list[Candidate]:
        """Those for which anything speaks, the likeliest first."""
        fit = [one for one in self.candidates if one.signs]
        return sorted(fit, key=lambda one: one.weight)[:SHOWN]


def look(
    ctx: Context,
    place: str,
    side: Side,
    pairs: Sequence[RecordLink],
    gone: Mapping[str, Deleted],
) -> list[Death]:
    """What may have become of these pairs' records; `gone` are all records gone for good."""
    ids = {link.pk: str(getattr(link, f"{place}_id")) for link in pairs}
    earliest = min(gone[one].at for one in ids.values())
    changed, whole = _changed_since(side, earliest - CLOSE)
    keys = _keys_of_dead(ctx, place, side, pairs)
    deaths = []
    for link in pairs:
        dead = gone[ids[link.pk]]
        death = Death(dead.id, dead.at, link, whole=whole)
        death.rivals = any(
            abs(other.at - dead.at) <= CLOSE for other in gone.values() if other.id != dead.id
        )
        death.candidates = _candidates(ctx, side, death, changed, keys[link.pk])
        deaths.append(death)
    _note_moved(ctx, place, side, deaths)
    _ask_histories(side, deaths)
    return deaths


def _changed_since(side: Side, since: dt.datetime) -> tuple[list[Record], bool]:
    paths = [path for key in side.entity.keys for path in key.paths]
    known = [path for path in paths if path in side.fields]
    rows: list[Record] = []
    for number, page in enumerate(side.connector.list(side.entity, since=since, fields=known)):
        rows += page.records
        if number + 1 >= PAGES and page.following is not None:
            return rows, False
    return rows, True


def _keys_of_dead(
    ctx: Context, place: str, side: Side, pairs: Sequence[RecordLink]
) -> dict[int, tuple[set[str], set[str]]]:
    """What the dead records could be found by, by link: their own keys, and those of partners."""
    other, far = _other(ctx, place)
    known = _known_keys(side, [str(getattr(link, f"{place}_id")) for link in pairs])
    partners = _known_keys(far, [str(getattr(link, f"{other}_id")) for link in pairs])
    entity = side.entity
    return {
        link.pk: (
            keys_of(expand({entity.name_field: link.name}), entity.keys)
            | known.get(str(getattr(link, f"{place}_id")), set()),
            partners.get(str(getattr(link, f"{other}_id")), set()),
        )
        for link in pairs
    }


def _other(ctx: Context, place: str) -> tuple[str, Side]:
    other = "target" if place == "source" else "source"
    return other, ctx.source if place == ctx.links.far else ctx.target


def _known_keys(side: Side, ids: Iterable[str]) -> dict[str, set[str]]:
    rows = KnownKey.objects.filter(
        connection_id=side.connection_id, entity=side.entity.name, record_id__in=list(ids)
    )
    found: dict[str, set[str]] = {}
    for record_id, key in rows.values_list("record_id", "key"):
        found.setdefault(record_id, set()).add(key)
    return found


def _candidates(
    ctx: Context,
    side: Side,
    death: Death,
    changed: Sequence[Record],
    keys: tuple[set[str], set[str]],
) -> list[Candidate]:
    entity, found = side.entity, []
    own, partners = keys
    exact = {match.kind for match in ctx.flow.match if match.exact}
    for record in changed:
        modified = moment(record.get(entity.modified_field))
        created = moment(record.get(entity.created_field))
        if modified is None or created is None or entity.id_of(record) == death.id:
            continue
        if created >= death.at or modified < death.at - CLOSE:
            continue
        one = Candidate(entity.id_of(record), entity.name_of(record), abs(modified - death.at))
        theirs = keys_of(record, entity.keys)
        if any(key.partition(":")[0] in exact for key in own & theirs):
            one.signs[NAME] = "the same name"
        elif said := _alike(ctx, (own | partners) & theirs):
            one.signs[ALIKE] = said
        if one.distance <= MOMENT:
            one.signs[THEN] = "changed at that moment"
        found.append(one)
    return found


def _alike(ctx: Context, shared: Iterable[str]) -> str:
    """In words, what makes it a possible duplicate of the one that is gone; '' where it is none."""
    kinds = {key.partition(":")[0] for key in shared}
    fit = [match for match in ctx.flow.match if match.kind in kinds and not match.native]
    if sum(match.score for match in fit) < POSSIBLE:
        return ""
    return ", ".join(match.says for match in fit if match.within not in kinds)


# What hung on it ---------------------------------------------------------------------------------


def _note_moved(ctx: Context, place: str, side: Side, deaths: Sequence[Death]) -> None:
    """Records that hang below a candidate, and whose partners hang below the dead one's partner."""
    flows = _flows_below(ctx, place, side)
    candidates = sorted(
        (one for death in deaths for one in death.candidates), key=lambda one: one.weight
    )
    ids = list(dict.fromkeys(one.id for one in candidates))[:ASKED_BELOW]
    if not flows or not ids:
        return
    upper = {record_id: above for _, record_id, above in side.connector.below(side.entity, ids)}
    uppers = _uppers_there(ctx, place, flows, list(upper))
    label = ", ".join(
        dict.fromkeys(side.connector.entity(name).label for name, _ in side.entity.below)
    )
    other, _ = _other(ctx, place)
    for death in deaths:
        partner = str(getattr(death.link, f"{other}_id"))
        into = {upper[record_id] for record_id, held in uppers.items() if partner in held}
        for one in death.candidates:
            if one.id in into:
                one.signs[MOVED] = f"{label} of the deleted record belong to it now"


def _flows_below(ctx: Context, place: str, side: Side) -> dict[str, Endpoint]:
    """Flows of records that hang below, with the end on the other side that names the upper one."""
    _, far = _other(ctx, place)
    here = {(side.connector.app, name) for name, _ in side.entity.below}
    found = {}
    for flow in registry.flows_of(ctx.setting.integration.kind):
        near, there = (
            (flow.source, flow.target) if place == "source" else (flow.target, flow.source)
        )
        above = there.above
        if (near.app, near.entity) in here and above and above.entity == far.entity.name:
            found[flow.key] = there
    return found


def _uppers_there(
    ctx: Context, place: str, flows: Mapping[str, Endpoint], ids: Sequence[str]
) -> dict[str, set[str]]:
    """By id of a record that hangs below: ids of the records its partner is known to be part of."""
    other, far = _other(ctx, place)
    rows = RecordLink.objects.filter(
        setting__integration=ctx.setting.integration_id,
        flow__in=list(flows),
        **{f"{place}_id__among": list(ids), f"{other}_id__isnull": False},
    )
    found: dict[str, set[str]] = {}
    for key, there in flows.items():
        partners = {
            str(getattr(row, f"{other}_id")): str(getattr(row, f"{place}_id"))
            for row in rows
            if row.flow == key
        }
        entity = far.connector.entity(there.entity)
        within = {item.kind for item in entity.keys if item.within}
        for partner, known in _known_keys(Side(far.connector, entity), partners).items():
            for text in known:
                kind, _, value = text.partition(":")
                if kind in within:
                    found.setdefault(partners[partner], set()).add(value.partition("|")[0])
    return found


# What the app's history says ----------------------------------------------------------------------


def _ask_histories(side: Side, deaths: Sequence[Death]) -> None:
    """Ask where what hung on it does not say; the likeliest first, so many calls at most."""
    left = HISTORIES
    for death in deaths:
        if len(death.having(MOVED)) == 1:
            continue
        ranked = sorted(death.candidates, key=lambda one: one.weight)
        some = [one for one in ranked if one.is_near] or ranked
        for one in some[: min(left, HISTORIES_EACH)]:
            left -= 1
            one.history = side.connector.took_in(
                side.entity, one.id, death.at - CLOSE, death.at + CLOSE
            )
            if one.history:
                one.signs[HISTORY] = f"a merge at that moment, by {side.connector.label}'s history"
            elif one.history is False and one.signs.keys() == {THEN}:
                # Changed then, but by no merge.
                del one.signs[THEN]
