"""Search by criteria, e-mail, phone or word; and the count, which takes the same parameters.

`equals` on a text field acts like *contains*, as the vendor says. Brackets, commas and backslashes
inside a value are escaped with a backslash.
https://www.zoho.com/crm/developer/docs/api/v8/search-records.html
"""

from __future__ import annotations

import re
from typing import Any

from ..wire import Answer, Request
from .access import caller_of
from .answers import refuse
from .criteria import BadValueError, Condition, Predicate, group, predicate
from .lists import Sorting, chosen_ids, fields_of, in_order
from .metadata import ModuleInfo
from .paging import whole
from .records import module_or_refuse
from .rows import Projector

MOST_CRITERIA, MOST_ROWS, MOST_VALUES = 15, 2_000, 100
SHORTEST_WORD = 2
_KINDS = ("criteria", "email", "phone", "word")
_TEXT = frozenset({"text", "textarea", "phone", "email", "website", "picklist"})
_OPERATORS = {
    "equals": "equal", "equal": "equal", "not_equal": "not_equal", "starts_with": "starts_with",
    "contains": "contains", "in": "in", "not_in": "not_in", "between": "between",
    "greater_than": "greater_than", "less_than": "less_than",
    "greater_equal": "greater_equal", "less_equal": "less_equal",
}  # fmt: skip
_TOKENS = re.compile(r"\s*(\(|\)|\band\b|\bor\b)", re.IGNORECASE)


def search_records(world: Any, request: Request, module: str) -> Answer:
    info = module_or_refuse(world, module)
    query = request.query
    if not any(query.get(kind) for kind in _KINDS):
        raise refuse(
            400,
            "EXPECTED_PARAM_MISSING",
            "One of the expected parameter is missing",
            {"param_names": list(_KINDS)},
        )
    caller = caller_of(world, request)
    names = fields_of(query, required=False)
    page = whole(query, "page", 1, 1)
    per_page = min(whole(query, "per_page", 200, 1), 200)
    if page * per_page > MOST_ROWS:
        raise refuse(
            400, "LIMIT_REACHED", "maximum response iteration limit reached",
            {"limit": str(MOST_ROWS)},
        )  # fmt: skip
    found = matching(world, info, query)
    shown = found[(page - 1) * per_page : page * per_page]
    if not shown:
        return Answer(204)
    collection = world.store.collection("crm", module)
    rows = Projector(world, info, names, caller.zone).rows(
        [collection[record_id] for record_id in shown]
    )
    return Answer(
        200,
        {
            "data": rows,
            "info": {
                "call": False,
                "per_page": per_page,
                "count": len(shown),
                "page": page,
                "sort_by": "id",
                "sort_order": "desc",
                "email": False,
                "more_records": page * per_page < len(found),
            },
        },
    )


def count_records(world: Any, request: Request, module: str) -> Answer:
    info = module_or_refuse(world, module)
    query = request.query
    searched = any(query.get(kind) for kind in _KINDS)
    if searched and "cvid" in query:
        raise refuse(
            400,
            "AMBIGUITY_DURING_PROCESSING",
            "Please use either Cvid or Search Params. Combination of both the params is not"
            " allowed",
            {"ambiguity_due_to": [{"param_name": "cvid"}, {"param_name": "criteria"}]},
        )
    if searched:
        return Answer(200, {"count": len(matching(world, info, query))})
    if "cvid" in query:
        caller = caller_of(world, request)
        view = chosen_ids(world, info, Sorting(), caller=caller, view=query["cvid"])
        return Answer(200, {"count": len(view)})
    return Answer(200, {"count": len(world.store.collection("crm", module))})


def matching(world: Any, info: ModuleInfo, query: dict[str, str]) -> list[str]:
    """Ids of the records found, newest first."""
    test = _test(info, query)
    collection = world.store.collection("crm", info.name)
    return [
        record_id
        for record_id in reversed(in_order(collection, Sorting()))
        if test(collection[record_id])
    ]


def _test(info: ModuleInfo, query: dict[str, str]) -> Predicate:
    for kind in ("email", "phone", "word"):
        value = query.get(kind)
        if value and not query.get("criteria"):
            return _anywhere(info, kind, value)
    return parse_criteria(info, query["criteria"])


def _anywhere(info: ModuleInfo, kind: str, value: str) -> Predicate:
    if len(value) < SHORTEST_WORD:
        raise refuse(
            400, "INVALID_DATA", "provide atleast 2 letters for search", {"param_name": kind}
        )
    wanted = value.strip("*").casefold()
    kinds = _TEXT if kind == "word" else {kind}
    names = [field.name for field in info.fields.values() if field.kind in kinds]
    if not names:
        raise refuse(400, "FIELD_TYPE_UNAVAILABLE", "this data type is not found in this module")
    if kind == "email":
        return lambda record: any(str(record.get(name, "")).casefold() == wanted for name in names)
    return lambda record: any(wanted in str(record.get(name, "")).casefold() for name in names)


def parse_criteria(info: ModuleInfo, text: str) -> Predicate:
    """`((Last_Name:equals:Burns) and (Account_Name:starts_with:A))` as a test."""
    reader = _Reader(info, text)
    test = reader.group()
    reader.end()
    return test


class _Reader:
    def __init__(self, info: ModuleInfo, text: str) -> None:
        self.info, self.text, self.at, self.count = info, text, 0, 0

    def group(self) -> Predicate:
        tests, operator = [self._one()], ""
        while True:
            word = self._peek()
            if word not in ("and", "or"):
                return tests[0] if len(tests) == 1 else group(tests, operator or "and")
            if operator and word != operator:
                tests, operator = [group(tests, operator)], word
            operator = word
            self._take()
            tests.append(self._one())

    def end(self) -> None:
        if self.text[self.at :].strip():
            raise _invalid("invalid query formed")

    def _one(self) -> Predicate:
        if self._peek() != "(":
            raise _invalid("invalid query formed")
        self._take()
        test = self.group() if self._peek() == "(" else self._condition()
        if self._peek() != ")":
            raise _invalid("invalid query formed")
        self._take()
        return test

    def _condition(self) -> Predicate:
        found = re.compile(r"\s*([\w.]+):(\w+):((?:\\.|[^()\\])*)").match(self.text, self.at)
        if found is None:
            raise _invalid("invalid query formed")
        self.at = found.end()
        self.count += 1
        if self.count > MOST_CRITERIA:
            raise refuse(
                400,
                "CRITERIA_LIMIT_EXCEEDED",
                f"no of criterium that can be given exceed the limit {MOST_CRITERIA}",
            )
        return _condition(self.info, found[1], found[2], found[3].strip())

    def _peek(self) -> str:
        found = _TOKENS.match(self.text, self.at)
        return found[1].casefold() if found else ""

    def _take(self) -> None:
        found = _TOKENS.match(self.text, self.at)
        assert found is not None
        self.at = found.end()


def _condition(info: ModuleInfo, name: str, operator: str, raw: str) -> Predicate:
    field = info.fields.get(name)
    if field is None:
        raise _invalid("the field is not available for search", api_name=name)
    comparator = _OPERATORS.get(operator)
    if comparator is None:
        raise _invalid("invalid operator found", operator=operator, api_name=name)
    if comparator in ("in", "not_in", "between"):
        values = [_plain(part) for part in re.split(r"(?<!\\),", raw)]
        if len(values) > MOST_VALUES:
            raise refuse(
                400,
                "INVALID_QUERY",
                'Only 100 values are allowed in "IN" criteria',
                {"param_name": "criteria"},
            )
        return _safely(Condition(field, comparator, values))
    value = _plain(raw)
    if value.casefold() in ("null", "${empty}"):
        return predicate(Condition(field, "is_empty" if comparator == "equal" else "is_not_empty"))
    if comparator == "equal" and field.kind in _TEXT - {"picklist"} and field.name != "id":
        comparator = "contains"
    return _safely(Condition(field, comparator, value))


def _safely(condition: Condition) -> Predicate:
    try:
        return predicate(condition)
    except BadValueError as bad:
        raise _invalid(
            "invalid value for search",
            expected_data_type=bad.expected,
            api_name=condition.field.name,
        ) from bad
    except ValueError:
        raise _invalid("invalid value for search", api_name=condition.field.name) from None


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.strip())


def _invalid(reason: str, **details: str) -> Any:
    return refuse(400, "INVALID_QUERY", "Invalid query formed", {"reason": reason, **details})
