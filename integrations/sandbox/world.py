"""The stand-in's world: its clock, its records, its services, and the one way in.

A transport calls `exchange`; tests may call `handle`. Both take one lock for each request.
"""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from threading import RLock
from typing import Any

from . import control
from .faults import Faults
from .limits import Limits
from .oauth import OAuth
from .stats import Log, Stats
from .store import Store
from .wire import Answer, Match, Refused, Request, Router, stats_path


class _HangUp:
    def __repr__(self) -> str:
        return "HANGUP"


HANGUP = _HangUp()
"""What `handle` gives where the connection is to be cut without an answer."""


class Clock:
    """Real time and what was added to it. Never runs backwards within one process."""

    def __init__(self, meta: dict[str, Any]) -> None:
        self._meta = meta

    def time(self) -> float:
        """Seconds since 1970, on the sandbox's clock."""
        return time.time() + self._meta.get("clock_offset", 0.0)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time(), UTC)

    def advance(self, seconds: float) -> None:
        self._meta["clock_offset"] = self._meta.get("clock_offset", 0.0) + seconds


class Outbox:
    """The mails the real apps would have sent."""

    def __init__(self, store: Store) -> None:
        self._mails = store.collection("sandbox", "outbox")
        self._store = store

    def add(self, service: str, to: str, subject: str, why: str) -> None:
        mail = {"service": service, "to": to, "subject": subject, "why": why}
        self._mails.insert({"id": self._store.new_id("sandbox"), **mail})

    def mails(self) -> list[dict[str, str]]:
        names = ("service", "to", "subject", "why")
        return [{name: mail[name] for name in names} for mail in self._mails.values()]


@dataclass(slots=True)
class Outcome:
    """What a transport does with a request: send `answer`, or hang up where it is None.

    `delay` is how many seconds the answer is to be held back.
    """

    answer: Answer | None
    delay: float = 0.0


class World:
    """One company in all the apps.

    `company` holds its settings: `name` (demo or empty), `accounts`, `seed`, and what the company
    builder adds; it lives in the store's file like the records.
    """

    def __init__(self, *, limits: str = "off", store_file: str | None = None) -> None:
        if limits not in ("real", "off"):
            raise ValueError(f"limits are real or off, not {limits}")
        self.lock = RLock()
        self.store = Store(store_file)
        self.limits = limits
        self.clock = Clock(self.store.meta)
        self.outbox = Outbox(self.store)
        self.stats = Stats()
        self.log = Log()
        self.counters = Limits()
        self.parts: dict[str, Any] = {}
        """What a service keeps in memory beside its records, under the service's name."""
        self.company: dict[str, Any] = self.store.meta.setdefault("company", {})
        self.faults = Faults(self.company.get("seed", 1))
        self.oauth = OAuth(self)
        self.services = discover()
        self._routers: list[tuple[Any, Router]] = [(s, s.router) for s in self.services]
        for service in self.services:
            prepare = getattr(service, "prepare", None)
            if prepare:
                prepare(self)

    @classmethod
    def build(
        cls,
        company: str = "demo",
        accounts: int = 1000,
        seed: int = 1,
        limits: str = "real",
        store_file: str | None = None,
        organizations: int = 1,
    ) -> World:
        """A world with a company in it; a store file that already holds one is used as it is.

        `organizations` is how many Books organisations the company keeps its books in; only the
        first holds records.
        """
        world = cls(limits=limits, store_file=store_file)
        if world.company.get("name"):
            return world
        if company not in ("demo", "empty"):
            raise ValueError(f"the company is demo or empty, not {company}")
        builder = importlib.import_module(f"{__package__}.company.{company}")
        world.faults.seed = seed
        world.store.meta["building"] = True
        if company == "demo":
            world.company.update(name=company, accounts=accounts, seed=seed)
            builder.populate(world, accounts, seed)
        else:
            world.company.update(name=company, accounts=0, seed=seed)
            builder.populate(world)
        further = importlib.import_module(f"{__package__}.company.further")
        further.more(world, organizations - 1)
        del world.store.meta["building"]
        world.store.flush()
        return world

    def service(self, name: str) -> Any:
        """The module of a service, None when there is none of that name."""
        return next((s for s, router in self._routers if router.service == name), None)

    def handle(self, request: Request) -> Answer | _HangUp:
        answer = self.exchange(request).answer
        return HANGUP if answer is None else answer

    def exchange(self, request: Request, sleep: Callable[[float], None] | None = None) -> Outcome:
        """Handle one request. `sleep` is given where a delay is to be sat out in here, while the
        call still counts as one in process."""
        if request.path.startswith("/_sandbox"):
            with self.lock:
                answer = control.answer(self, request)
                self.store.flush()
                return self._dated(Outcome(answer))
        router, path, params = self._route(request.path)
        request.router = router
        flight = router.flight_key(request) if router else None
        self.counters.enter(flight)
        try:
            with self.lock:
                outcome = self._dated(self._exchange(request, router, path, params))
                self.store.flush()
            if sleep and outcome.delay:
                sleep(outcome.delay)
            return outcome
        finally:
            self.counters.leave(flight)

    def _route(self, path: str) -> tuple[Router | None, str, dict[str, str]]:
        for _, router in self._routers:
            found = router.below(path)
            if found:
                return router, *found
        return None, path, {}

    def _exchange(
        self, request: Request, router: Router | None, path: str, params: dict[str, str]
    ) -> Outcome:
        service = router.service if router else ""
        match = router.match(request.method, path) if router else None
        key = stats_path(path, match)
        effect = self.faults.draw(service, request.method, key)
        if effect.revoke:
            self.oauth.kill_used(request)
        answer: Answer | None
        if effect.close:
            answer = None
        elif effect.answer is not None:
            answer = effect.answer
        else:
            answer = self._dispatch(request, router, match, params)
        if effect.garbage and answer is not None:
            answer = Answer(answer.status, effect.garbage, {"Content-Type": "text/html"})
        status = None if answer is None else answer.status
        self.stats.count(service, f"{request.method} {key}", status, self.clock.time())
        self.log.add(service, request, status)
        return Outcome(None if effect.drop else answer, effect.delay)

    def _dispatch(
        self, request: Request, router: Router | None, match: Match | None, params: dict[str, str]
    ) -> Answer:
        if router is None:
            return Answer(404, {"message": "Not found", "path": request.path})
        if match is None:
            return router.unknown(self, request)
        if match.handler is None:
            return (router.wrong_method or router.unknown)(self, request)
        try:
            if router.before is not None:
                router.before(self, request, match.template)
            return match.handler(self, request, **params, **match.params)
        except Refused as refused:
            return refused.answer

    def _dated(self, outcome: Outcome) -> Outcome:
        if outcome.answer is not None:
            outcome.answer.headers["Date"] = format_datetime(self.clock.now(), usegmt=True)
        return outcome


def discover() -> list[Any]:
    """The services beside this module: every module or sub-package that has a `router`."""
    package = importlib.import_module(__package__)
    found = []
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        if info.ispkg or info.name == "oauth":
            module = importlib.import_module(f"{__package__}.{info.name}")
            if isinstance(getattr(module, "router", None), Router):
                found.append(module)
    return found
