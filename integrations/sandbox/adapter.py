"""The stand-in in-process: a `requests` adapter, mounted where a real server would be.

session.mount("http://zoho.test", SandboxAdapter(world))
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3.response import HTTPResponse

from .wire import JSON_TYPE, Answer, Request, parse_query
from .world import World


class SandboxAdapter(BaseAdapter):
    """Answers prepared requests out of a world, whatever their host is.

    A hang-up raises requests.ConnectionError. A `delay` longer than the read timeout raises
    requests.ReadTimeout after the request was handled; a shorter one costs no time.
    """

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        outcome = self.world.exchange(to_wire(request))
        if outcome.answer is None:
            raise requests.ConnectionError("the server closed the connection", request=request)
        read = timeout[1] if isinstance(timeout, tuple) else timeout
        if read is not None and outcome.delay > read:
            raise requests.ReadTimeout(f"no answer within {read} s", request=request)
        return self._response(request, outcome.answer)

    def _response(self, request: requests.PreparedRequest, answer: Answer) -> requests.Response:
        payload = answer.payload()
        headers = {"Content-Length": str(len(payload)), **answer.headers}
        if payload:
            headers.setdefault("Content-Type", JSON_TYPE)
        response = requests.Response()
        response.status_code = answer.status
        response.headers = CaseInsensitiveDict(headers)
        response.encoding = get_encoding_from_headers(response.headers)
        response.raw = HTTPResponse(
            body=BytesIO(payload), headers=headers, status=answer.status, preload_content=False
        )
        response.url = request.url or ""
        response.request = request
        return response

    def close(self) -> None:
        """Nothing is held open: the world lives on."""


def to_wire(request: requests.PreparedRequest) -> Request:
    parts = urlsplit(request.url or "")
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    body: Any = request.body or b""
    if not isinstance(body, (str, bytes)):
        body = b"".join(body)
    return Request(
        method=(request.method or "GET").upper(),
        path=unquote(parts.path) or "/",
        query=parse_query(parts.query),
        headers=headers,
        body=body.encode() if isinstance(body, str) else body,
        host=headers.get("host") or parts.netloc,
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
