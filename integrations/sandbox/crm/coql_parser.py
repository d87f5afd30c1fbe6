"""COQL, the query language: from text to a `Query`.

select <columns> from <module> where <criteria> [group by] [order by] [limit n [offset m]].
Conditions are joined in pairs: a third one needs brackets around two of them.
https://www.zoho.com/crm/developer/docs/api/v8/COQL-Overview.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .answers import refuse
from .coql_query import (
    AGGREGATES,
    MOST_AGGREGATES,
    MOST_COLUMNS,
    MOST_CRITERIA,
    MOST_GROUPS,
    MOST_ORDERS,
    MOST_PAGED,
    MOST_ROWS,
    MOST_VALUES,
    Column,
    Comparison,
    Pair,
    Query,
)

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:\\.|''|[^'\\])*'|"(?:\\.|[^"\\])*")
      | (?P<number>-?\d+(?:\.\d+)?(?![\w.:-]))
      | (?P<name>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)
      | (?P<literal>\d[\w:.+\-]*)
      | (?P<sign><=|>=|!=|<>|=|<|>|\(|\)|,|\*)
    )""",
    re.VERBOSE,
)
_KEYWORDS = frozenset(
    {"select", "from", "where", "group", "order", "by", "limit", "offset", "and", "or", "not",
     "in", "like", "between", "is", "null", "as", "asc", "desc"}
)  # fmt: skip


@dataclass(slots=True)
class _Token:
    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        return self.text.casefold() if self.kind == "name" else self.text


def parse_query(text: str) -> Query:
    """Raises the refusals CRM documents: SYNTAX_ERROR, INVALID_QUERY, LIMIT_EXCEEDED."""
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.criteria = text, 0, 0
        self.tokens: list[_Token] = []
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if found is None or found.lastgroup is None:
                raise self._unexpected(_Token("sign", text[place:].strip()[0], place))
            kind = found.lastgroup
            self.tokens.append(_Token(kind, found[kind], found.start(kind)))
            place = found.end()

    def query(self) -> Query:
        if self._word() != "select":
            raise refuse(400, "SYNTAX_ERROR", "given coql query not supported")
        self.at += 1
        columns = self._columns()
        if self._word() != "from":
            raise self._clause("from")
        self.at += 1
        module = self._name()
        if self._word() != "where":
            raise self._clause("where")
        self.at += 1
        query = Query(module, columns, self._criteria())
        if self._words("group", "by"):
            query.groups = self._names(MOST_GROUPS, "group by")
        if self._words("order", "by"):
            query.orders = self._orders()
        self._limits(query)
        if self.at < len(self.tokens):
            raise _near(self.tokens[self.at].text)
        return query

    def _columns(self) -> list[Column]:
        columns = [self._column()]
        while self._word() == ",":
            self.at += 1
            columns.append(self._column())
        if len(columns) > MOST_COLUMNS:
            raise _exceeded("select", MOST_COLUMNS)
        if sum(1 for column in columns if column.aggregate) > MOST_AGGREGATES:
            raise _exceeded("aggregate", MOST_AGGREGATES)
        return columns

    def _column(self) -> Column:
        path, aggregate = self._name(), ""
        if self._word() == "(":
            self.at += 1
            aggregate, inner = path.casefold(), self._name()
            self._expect(")")
            if aggregate not in AGGREGATES:
                raise refuse(
                    400,
                    "INVALID_DATA",
                    "invalid data",
                    {"reason": "unsupported aggregate function", "column": f"{path}({inner})"},
                )
            path = inner
        alias = ""
        if self._word() == "as":
            self.at += 1
            token = self._next()
            alias = token.text.strip("'\"")
            if not alias:
                raise refuse(
                    400,
                    "INVALID_ALIAS",
                    "alias name cannot be an empty string",
                    {"column_name": path, "alias": ""},
                )
        return Column(path, aggregate, alias)

    def _criteria(self) -> Any:
        """One criterion, or two joined: a further join at this level is refused."""
        left = self._criterion()
        operator = self._word()
        if operator not in ("and", "or"):
            return left
        self.at += 1
        pair = Pair(operator, left, self._criterion())
        if self._word() in ("and", "or"):
            raise _near(self.tokens[self.at].text)
        return pair

    def _criterion(self) -> Any:
        if self._word() == "(":
            self.at += 1
            inner = self._criteria()
            self._expect(")")
            return inner
        self.criteria += 1
        if self.criteria > MOST_CRITERIA:
            raise _exceeded("where", MOST_CRITERIA)
        return self._comparison()

    def _comparison(self) -> Comparison:
        path, token = self._name(), self._next()
        word = token.word
        if word in ("=", "!=", "<", ">", "<=", ">="):
            return Comparison(path, word, self._value())
        if word == "is":
            if self._words("not", "null"):
                return Comparison(path, "is not null")
            if self._words("null"):
                return Comparison(path, "is null")
            raise _operator("is")
        negative = word == "not"
        if negative:
            word = self._next().word
        if word not in ("like", "in", "between"):
            raise _operator("not" if negative else token.text)
        operator = f"not {word}" if negative else word
        if word == "like":
            return Comparison(path, operator, self._value())
        if word == "between":
            low = self._value()
            self._expect("and")
            return Comparison(path, operator, [low, self._value()])
        return Comparison(path, operator, self._values())

    def _values(self) -> list[Any]:
        self._expect("(")
        values = [self._value()]
        while self._word() == ",":
            self.at += 1
            values.append(self._value())
        self._expect(")")
        if len(values) > MOST_VALUES:
            raise _exceeded("in", MOST_VALUES)
        return values

    def _value(self) -> Any:
        token = self._next()
        if token.kind == "text":
            return re.sub(r"\\(.)", r"\1", token.text[1:-1].replace("''", "'"))
        if token.kind in ("number", "literal"):
            return token.text
        if token.word in ("true", "false"):
            return token.word == "true"
        if token.word == "null" or token.kind == "sign" or token.word in _KEYWORDS:
            raise self._unexpected(token)
        return token.text

    def _names(self, most: int, clause: str) -> list[str]:
        names = [self._name()]
        while self._word() == ",":
            self.at += 1
            names.append(self._name())
        if len(names) > most:
            raise _exceeded(clause, most)
        return names

    def _orders(self) -> list[tuple[str, bool]]:
        """(path, descending) in order."""
        orders = []
        while True:
            path = self._name()
            if self._word() == "(":
                self.at += 1
                path = f"{path.upper()}({self._name()})"
                self._expect(")")
            descending = self._word() == "desc"
            if self._word() in ("asc", "desc"):
                self.at += 1
            orders.append((path, descending))
            if self._word() != ",":
                break
            self.at += 1
        if len(orders) > MOST_ORDERS:
            raise _exceeded("order by", MOST_ORDERS)
        return orders

    def _limits(self, query: Query) -> None:
        if self._words("limit"):
            query.limit = self._count()
            if self._word() == ",":
                self.at += 1
                query.offset, query.limit = query.limit, self._count()
        if self._words("offset"):
            query.offset = self._count()
        if query.limit < 1:
            raise refuse(400, "INVALID_DATA", "limit should be greater than 0")
        if query.limit > MOST_ROWS:
            raise _exceeded("limit", MOST_ROWS)
        if query.offset + query.limit > MOST_PAGED:
            raise _exceeded("offset", MOST_PAGED)

    def _count(self) -> int:
        token = self._next()
        if token.kind not in ("number", "literal") or not re.fullmatch(r"-?\d+", token.text):
            raise refuse(
                400, "INVALID_QUERY", "limit given seems to be invalid", {"limit": token.text}
            )
        return int(token.text)

    def _name(self) -> str:
        token = self._next()
        if token.kind != "name" or token.word in _KEYWORDS:
            raise self._unexpected(token)
        return token.text

    def _next(self) -> _Token:
        if self.at >= len(self.tokens):
            raise _near(self.tokens[-1].text if self.tokens else "")
        self.at += 1
        return self.tokens[self.at - 1]

    def _word(self) -> str:
        return self.tokens[self.at].word if self.at < len(self.tokens) else ""

    def _words(self, *words: str) -> bool:
        found = [token.word for token in self.tokens[self.at : self.at + len(words)]]
        if found != list(words):
            return False
        self.at += len(words)
        return True

    def _expect(self, word: str) -> None:
        token = self._next()
        if token.word != word:
            raise self._unexpected(token)

    def _clause(self, name: str) -> Any:
        if self.at < len(self.tokens) and self._word() not in _KEYWORDS:
            return self._unexpected(self.tokens[self.at])
        return refuse(400, "SYNTAX_ERROR", "missing clause", {"clause": name})

    def _unexpected(self, token: _Token) -> Any:
        before = self.text[: token.at]
        details = {
            "line": before.count("\n") + 1,
            "column": token.at - (before.rfind("\n") + 1) + 1,
            "near": token.text,
        }
        return refuse(400, "SYNTAX_ERROR", "unexpected token", details)


def _near(text: str) -> Any:
    return refuse(400, "SYNTAX_ERROR", "error occured while parsing the query", {"near": text})


def _operator(text: str) -> Any:
    return refuse(400, "SYNTAX_ERROR", "operator not supported", {"operator": text})


def _exceeded(clause: str, limit: int) -> Any:
    return refuse(400, "LIMIT_EXCEEDED", "limit exceeded", {"clause": clause, "limit": limit})
