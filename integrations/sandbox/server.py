"""The stand-in as a real server: a WSGI application under gunicorn, one process, many threads.

The world lives in the worker process, so there is one worker. A hang-up closes the socket that
gunicorn hands over in the environment.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
import sys
import time
from collections.abc import Callable, Iterable
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

import gunicorn.util  # type: ignore[import-untyped]
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from .wire import JSON_TYPE, Answer, Request, parse_query
from .world import World

THREADS = 32
PORT_PATIENCE = 3.0
"""Seconds to wait for a port: the worker of a killed server notices within about one."""

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
log = logging.getLogger(__name__)


def application(world: World) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that answers out of a world."""

    def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = to_wire(environ)
        try:
            answer = world.exchange(request, time.sleep).answer
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            answer = Answer(500, {"code": 1000, "message": "Internal error"})
        if answer is None:
            hang_up(environ)
            start_response("500 Hung up", [])
            return []
        payload = answer.payload()
        headers = [(name, value) for name, value in answer.headers.items() if name != "Date"]
        if payload and "Content-Type" not in answer.headers:
            headers.append(("Content-Type", JSON_TYPE))
        headers.append(("Content-Length", str(len(payload))))
        start_response(STATUS_LINES.get(answer.status) or f"{answer.status} Other", headers)
        return [payload]

    return wsgi


def to_wire(environ: dict[str, Any]) -> Request:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    chunked = environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
    stream = environ["wsgi.input"]
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        query=parse_query(environ.get("QUERY_STRING", "")),
        headers=headers,
        body=stream.read() if chunked else stream.read(length) if length else b"",
        host=environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}",
    )


def hang_up(environ: dict[str, Any]) -> None:
    """Cut the connection; what gunicorn then writes goes nowhere."""
    with contextlib.suppress(OSError):
        environ["gunicorn.socket"].shutdown(socket.SHUT_RDWR)


class Server(BaseApplication):
    """`build` makes the world, in the worker. `run` serves until it is told to end."""

    def __init__(self, build: Callable[[], World], host: str, port: int) -> None:
        self.build = build
        self.host = host
        self.port = port
        super().__init__()

    def load_config(self) -> None:
        settings = {
            "bind": f"{self.host}:{self.port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": 0,
            "graceful_timeout": 2,
            "keepalive": 75,
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_worker_init": self._ready,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Iterable[bytes]]:
        world = self.build()

        def http_date(timestamp: float | None = None) -> str:
            return format_datetime(world.clock.now(), usegmt=True)

        # gunicorn writes a Date header of its own; it must show the sandbox's clock.
        gunicorn.util.http_date = http_date
        return application(world)

    def _ready(self, worker: Any) -> None:
        sys.stdout.write(f"sandbox ready http://{self.host}:{self.port}\n")
        sys.stdout.flush()


def is_port_free(host: str, port: int, patience: float = PORT_PATIENCE) -> bool:
    """Whether the address can be bound, trying again for `patience` seconds."""
    until = time.monotonic() + patience
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() > until:
                    return False
                time.sleep(0.1)
            else:
                return True
