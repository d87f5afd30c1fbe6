"""What passes between a transport and a service: request, answer, and the table of routes.

Nothing here knows a service. A transport (the in-process adapter or the real server) builds a
`Request`, the world finds the router that owns its path, and the handler's `Answer` goes back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

import orjson
from werkzeug.formparser import parse_form_data

JSON_TYPE = "application/json;charset=UTF-8"


@dataclass(slots=True)
class Request:
    """One call as a service sees it.

    `path` is the whole path, percent-decoded; `query` keeps the last value of a repeated name;
    header names are lower case; `host` is the Host header, port included.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    host: str = "127.0.0.1"
    router: Router | None = None
    context: Any = None
    """For the service handling the request; its `before` sets it."""

    @property
    def base(self) -> str:
        """Scheme and host for absolute URLs in answers: always the request's own."""
        return "http://" + self.host

    def json(self, *, decimals: bool = False) -> Any:
        """The parsed body, `{}` when empty; with `decimals` fractions come as Decimal.

        Raises the `Refused` that the service's router makes for a body that is not JSON.
        """
        return self.parse(self.body, decimals=decimals)

    def parse(self, text: bytes | str, *, decimals: bool = False) -> Any:
        if not text.strip():
            return {}
        try:
            return json.loads(text, parse_float=Decimal) if decimals else orjson.loads(text)
        except ValueError as error:
            if self.router is None:
                raise
            raise self.router.on_bad_json(self, error) from error

    def form(self) -> dict[str, str]:
        """The pairs of a form body (urlencoded or multipart, files left out), else `{}`."""
        kind = self.headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):
            environ = {
                "wsgi.input": BytesIO(self.body),
                "CONTENT_LENGTH": str(len(self.body)),
                "CONTENT_TYPE": kind,
                "REQUEST_METHOD": self.method,
            }
            return parse_form_data(environ)[1].to_dict()
        if self.body[:1] in (b"{", b"["):
            return {}
        return parse_query(self.body.decode("utf-8", "replace"))

    def bearer(self) -> str:
        """The access token of the Authorization header, whichever scheme word stands before it."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme in ("Zoho-oauthtoken", "Bearer") else ""


def parse_query(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))


@dataclass(slots=True)
class Answer:
    """Status, body and extra headers. A dict or list goes out as JSON, None as no body."""

    status: int
    body: dict | list | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def payload(self) -> bytes:
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return orjson.dumps(self.body, default=_plain)


def _plain(value: Any) -> Any:
    """Money leaves as the number it is, digit for digit."""
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} cannot be answered as JSON")


class Refused(Exception):
    """Raised anywhere in a handler to answer with an error of the service."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status, answer.body)
        self.answer = answer


Handler = Callable[..., Answer]


class _Node:
    __slots__ = ("literal", "methods", "name", "param", "template")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.param: _Node | None = None
        self.name = ""
        self.methods: dict[str, tuple[Handler, tuple[str, ...]]] = {}
        self.template = ""


@dataclass(slots=True)
class Match:
    """What the table says of a path: `handler` is None for a method the path does not take."""

    handler: Handler | None
    params: dict[str, str]
    template: str


class Router:
    """A service's routes below its root.

    `root` may hold parameters (`/api/v3/portal/{portal_id}`); handlers get them with their own.
    `aliases` maps further roots to the prefix their paths have in the table
    (`{"/crm/bulk/v8": "/bulk"}`). Literal segments win over parameters.

    Hooks, each replaced by the service: `before(world, request, template)` runs ahead of the
    handler and may raise Refused; `unknown` and `wrong_method` answer what is not in the table;
    `on_bad_json(request, error)` returns the Refused to raise; `flight_key(request)` names what a
    call is counted under while it is being handled, None for nothing.
    """

    def __init__(self, service: str, root: str, *, aliases: dict[str, str] | None = None) -> None:
        self.service = service
        self.root = root
        roots = {root: "", **(aliases or {})}
        self._roots = [(_root_pattern(root), prefix) for root, prefix in roots.items()]
        self._tree = _Node()
        self.before: Callable[[Any, Request, str], None] | None = None
        self.unknown: Callable[[Any, Request], Answer] = _unknown
        self.wrong_method: Callable[[Any, Request], Answer] | None = None
        self.on_bad_json: Callable[[Request, Exception], Refused] = _bad_json
        self.flight_key: Callable[[Request], Any] = _no_flight
        self.templates: list[tuple[str, str]] = []

    def route(self, method: str, template: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            node, names = self._tree, []
            for segment in template.strip("/").split("/"):
                if segment.startswith("{"):
                    node.param = node.param or _Node()
                    node = node.param
                    names.append(segment[1:-1])
                else:
                    node = node.literal.setdefault(segment, _Node())
            if method in node.methods:
                raise ValueError(f"{method} {template} is routed twice")
            node.methods[method] = (handler, tuple(names))
            node.template = template
            self.templates.append((method, template))
            return handler

        return register

    def below(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The path in the table's terms and the root's parameters, None when it is elsewhere."""
        for pattern, prefix in self._roots:
            found = pattern.match(path)
            if found:
                return prefix + (path[found.end() :] or "/"), found.groupdict()
        return None

    def match(self, method: str, path: str) -> Match | None:
        """Find `path` (below the root). None when no route has it."""
        found = _walk(self._tree, path.strip("/").split("/"), 0, [])
        if found is None:
            return None
        node, values = found
        handler, names = node.methods.get(method) or (None, ())
        if handler is None:
            names = tuple(name[1:-1] for name in node.template.split("/") if name[:1] == "{")
        return Match(handler, dict(zip(names, values, strict=True)), node.template)


def stats_path(path: str, match: Match | None) -> str:
    """The path of the stats key: parameters named `id` or `…_id` as `{id}`, others as they came.

    Where no route has the path, segments of digits only are taken for ids.
    """
    if match is None:
        return re.sub(r"(?<=/)\d+(?=/|$)", "{id}", path)
    parts = []
    for segment in match.template.split("/"):
        name = segment[1:-1] if segment[:1] == "{" else None
        if name is None:
            parts.append(segment)
        else:
            parts.append("{id}" if name == "id" or name.endswith("_id") else match.params[name])
    return "/".join(parts)


def _walk(node: _Node, segments: list[str], at: int, values: list[str]) -> Any:
    if at == len(segments):
        return (node, values) if node.methods else None
    segment = segments[at]
    literal = node.literal.get(segment)
    if literal is not None:
        found = _walk(literal, segments, at + 1, values)
        if found:
            return found
    if node.param is not None and segment:
        return _walk(node.param, segments, at + 1, [*values, segment])
    return None


def _root_pattern(root: str) -> re.Pattern[str]:
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(root))
    return re.compile(pattern + r"(?=/|$)")


def _no_flight(request: Request) -> None:
    """Calls of this service are not counted while in process."""


def _unknown(world: Any, request: Request) -> Answer:
    return Answer(404, {"message": "Not found", "path": request.path})


def _bad_json(request: Request, error: Exception) -> Refused:
    return Refused(Answer(400, {"message": f"The body is not JSON: {error}"}))
