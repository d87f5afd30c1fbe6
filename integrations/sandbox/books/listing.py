"""Lists: which rows, in which order, which page. One declaration for each list.

Query parameters a list does not know are ignored with 200, as Books ignores them; a value that a
known one cannot have is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from ..store import Collection, Record
from ..wire import Answer, Request
from .envelope import invalid, ok
from .organisation import Organisation, fold

PER_PAGE = 200
"""Default and most; a larger wish gets this many (https://www.zoho.com/books/api/v3/pagination/)"""


def folded(name: str) -> Callable[[Record], str]:
    """A sort key: the field without outer blanks, ignoring case."""
    return lambda record: fold(record[name])


Test = Callable[[Record], bool]
TextOf = Callable[[Record], Any]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """`texts`, `numbers`, `dates` and `exact` map a parameter to what it is compared with;
    `filters` maps values of filter_by to tests, None for all; `search` gives the texts that
    search_text looks into; `sorts` maps sort_column to keys."""

    key: str
    report: str
    filters: Mapping[str, Callable[[Organisation, Record], bool] | None]
    default_filter: str
    sorts: Mapping[str, TextOf]
    default_sort: str
    default_order: str = "A"
    texts: Mapping[str, TextOf] = field(default_factory=dict)
    numbers: Mapping[str, TextOf] = field(default_factory=dict)
    dates: Mapping[str, TextOf] = field(default_factory=dict)
    exact: Mapping[str, TextOf] = field(default_factory=dict)
    search: Callable[[Record], tuple[str, ...]] = lambda _: ()
    narrow: Mapping[str, tuple[str, Callable[[str], str]]] = field(default_factory=dict)
    """Parameters that an index of the collection answers, and how their values are folded."""
    modified: bool = False
    """Whether the list honours `last_modified_time`."""

    def answer(
        self,
        org: Organisation,
        request: Request,
        held: Collection,
        row: Callable[[Organisation, Record], dict[str, Any]],
        *,
        among: list[str] | None = None,
    ) -> Answer:
        """One page of `held`, or of the ids `among` it."""
        query = request.query
        page, per_page = page_of(request)
        ids, context = self.select(org, query, held, among)
        start = (page - 1) * per_page
        shown = ids[start : start + per_page]
        resource: dict[str, Any] = {self.key: [row(org, held[one]) for one in shown]}
        return ok(
            **resource,
            page_context={
                "page": page,
                "per_page": per_page,
                "has_more_page": start + per_page < len(ids),
                "report_name": self.report,
                **context,
            },
        )

    def answer_by_status(
        self,
        org: Organisation,
        request: Request,
        held: Collection,
        row: Callable[[Organisation, Record], dict[str, Any]],
        status_of: Callable[[Organisation, Record], str],
    ) -> Answer:
        """The same of documents, narrowed by the query's `status`, which depends on the day."""
        wanted, among = request.query.get("status"), None
        if wanted:
            among = [key for key in held if status_of(org, held[key]) == wanted]
        return self.answer(org, request, held, row, among=among)

    def select(
        self,
        org: Organisation,
        query: Mapping[str, str],
        held: Collection,
        among: list[str] | None = None,
    ) -> tuple[list[str], dict[str, str]]:
        """All ids the query asks for, in its order, and what page_context says of it."""
        by = query.get("filter_by") or self.default_filter
        column = query.get("sort_column") or self.default_sort
        order = query.get("sort_order") or self.default_order
        if by not in self.filters:
            raise invalid("filter_by")
        if column not in self.sorts:
            raise invalid("sort_column")
        order = {"ascending": "A", "descending": "D"}.get(order, order)
        if order not in ("A", "D"):
            raise invalid("sort_order")
        tests = self.tests(query)
        for name, (index, folded) in self.narrow.items():
            if among is None and query.get(name):
                among = held.by(index, folded(query[name]))
        asked = tuple(sorted((name, value) for name, value in query.items() if name in self._known))
        cache = (
            self.key,
            org.today(),
            by,
            column,
            order,
            asked,
            None if among is None else tuple(among),
        )
        ids = held.cached(cache, lambda: self._ids(org, held, by, column, order, tests, among))
        return ids, {"applied_filter": by, "sort_column": column, "sort_order": order}

    @property
    def _known(self) -> set[str]:
        found = {"search_text", "last_modified_time"}
        for name in self.texts:
            found |= {name, f"{name}_startswith", f"{name}_contains"}
        for name in self.numbers:
            found |= {name + end for end in ("", *NUMBER_TESTS)}
        for name in self.dates:
            found |= {name + end for end in ("", *DATE_TESTS)}
        return found | set(self.exact)

    def _ids(
        self,
        org: Organisation,
        held: Collection,
        by: str,
        column: str,
        order: str,
        tests: list[Test],
        among: list[str] | None,
    ) -> list[str]:
        key = self.sorts[column]
        if among is None:
            ids = held.ordered(f"{self.key}:{column}", key)
        else:
            ids = [one for _, one in sorted((key(held[one]), one) for one in among)]
        wanted = self.filters[by]
        if wanted is not None:
            ids = [one for one in ids if wanted(org, held[one])]
        found = [one for one in ids if all(test(held[one]) for test in tests)] if tests else ids
        return list(found) if order == "A" else found[::-1]

    def tests(self, query: Mapping[str, str]) -> list[Test]:
        """The tests a query asks for. Raises Refused for values that cannot be compared."""
        tests: list[Test] = []
        for name, value_of in self.exact.items():
            if query.get(name):
                tests.append(_equal(value_of, query[name]))
        for name, value_of in self.texts.items():
            tests += _text_tests(query, name, value_of)
        for name, value_of in self.numbers.items():
            tests += _number_tests(query, name, value_of)
        for name, value_of in self.dates.items():
            tests += _date_tests(query, name, value_of)
        if query.get("search_text"):
            tests.append(_searching(self.search, query["search_text"]))
        if self.modified and query.get("last_modified_time"):
            since = _moment(query["last_modified_time"])
            tests.append(lambda record: record["moved"] >= since)
        return tests


def page_of(request: Request) -> tuple[int, int]:
    """`page` and `per_page`: refused when not a number, brought into 1 to 200 otherwise."""
    found = []
    for name, preset in (("page", 1), ("per_page", PER_PAGE)):
        given = request.query.get(name, "")
        if given and not given.lstrip("-").isdecimal():
            raise invalid(name)
        found.append(int(given) if given else preset)
    return max(found[0], 1), min(max(found[1], 1), PER_PAGE)


def _equal(value_of: TextOf, wanted: str) -> Test:
    def test(record: Record) -> bool:
        value = value_of(record)
        return (str(value).lower() if isinstance(value, bool) else str(value)) == wanted

    return test


def _text_tests(query: Mapping[str, str], name: str, value_of: TextOf) -> list[Test]:
    tests: list[Test] = []
    for end, compare in TEXT_TESTS.items():
        wanted = query.get(name + end)
        if wanted:
            if len(wanted) > 100:
                raise invalid(name + end)
            tests.append(_texts(value_of, compare, wanted.strip().casefold()))
    return tests


def _texts(value_of: TextOf, compare: Callable[[str, str], bool], wanted: str) -> Test:
    def test(record: Record) -> bool:
        value = value_of(record)
        values = value if isinstance(value, tuple) else (value,)
        return any(compare(one.strip().casefold(), wanted) for one in values)

    return test


def _number_tests(query: Mapping[str, str], name: str, value_of: TextOf) -> list[Test]:
    tests: list[Test] = []
    for end, compare in {"": lambda a, b: a == b, **NUMBER_TESTS}.items():
        given = query.get(name + end)
        if given:
            try:
                wanted = Decimal(given)
            except InvalidOperation:
                raise invalid(name + end) from None
            tests.append(_comparing(value_of, compare, wanted))
    return tests


def _date_tests(query: Mapping[str, str], name: str, value_of: TextOf) -> list[Test]:
    return [
        _comparing(value_of, compare, query[name + end])
        for end, compare in {"": lambda a, b: a == b, **DATE_TESTS}.items()
        if query.get(name + end)
    ]


def _comparing(value_of: TextOf, compare: Callable[[Any, Any], bool], wanted: Any) -> Test:
    return lambda record: compare(value_of(record), wanted)


def _searching(search: Callable[[Record], tuple[str, ...]], given: str) -> Test:
    wanted = given.strip().casefold()
    return lambda record: any(wanted in one.casefold() for one in search(record))


def _moment(given: str) -> int:
    """ISO 8601 with an offset with or without colon, in microseconds. A blank stands for a `+`
    that was not encoded."""
    try:
        moment = datetime.fromisoformat(given.replace(" ", "+"))
    except ValueError:
        raise invalid("last_modified_time") from None
    if moment.tzinfo is None:
        raise invalid("last_modified_time")
    return int(moment.timestamp() * 1_000_000)


TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "": lambda value, wanted: value == wanted,
    "_startswith": str.startswith,
    "_contains": lambda value, wanted: wanted in value,
}
NUMBER_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "_less_than": lambda a, b: a < b,
    "_less_equals": lambda a, b: a <= b,
    "_greater_than": lambda a, b: a > b,
    "_greater_equals": lambda a, b: a >= b,
}
DATE_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "_start": lambda a, b: a >= b,
    "_end": lambda a, b: a <= b,
    "_before": lambda a, b: a < b,
    "_after": lambda a, b: a > b,
}
