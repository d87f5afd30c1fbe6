"""Faults asked for through `/_sandbox/faults`: what goes wrong, for which calls, how often."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from random import Random
from typing import Any

from .wire import Answer

KINDS = ("status", "delay", "close", "drop_answer", "garbage", "revoke")
GARBAGE = b"<html><head><title>502 Bad Gateway</title></head><body>upstream</body></html>"


@dataclass(slots=True)
class Effect:
    """What befalls one request."""

    answer: Answer | None = None
    delay: float = 0.0
    close: bool = False
    drop: bool = False
    garbage: bytes = b""
    revoke: bool = False


@dataclass(slots=True)
class Fault:
    """One fault. Only the requests it is for draw from its random stream."""

    kind: str
    service: str | None = None
    method: str | None = None
    path: str | None = None
    status: int = 500
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    rate: float = 1.0
    times: int | None = None
    random: Random = field(default_factory=Random)

    def strikes(self, service: str, method: str, path: str) -> bool:
        if self.times is not None and self.times <= 0:
            return False
        wanted = (self.service, self.method, self.path)
        if any(w not in (None, got) for w, got in zip(wanted, (service, method, path))):  # noqa: B905
            return False
        if self.rate < 1 and self.random.random() >= self.rate:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The faults in force, in the order given; after the first that ends a request no other one
    is asked. Delays add up and let the others have their turn."""

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed
        self._faults: list[Fault] = []

    def replace(self, wanted: list[dict[str, Any]]) -> None:
        """Put these in the place of all before. Raises ValueError for one that makes no sense."""
        self._faults = [self._read(number, one) for number, one in enumerate(wanted)]

    def draw(self, service: str, method: str, path: str) -> Effect:
        effect = Effect()
        for fault in self._faults:
            if not fault.strikes(service, method, path):
                continue
            if fault.kind == "delay":
                effect.delay += fault.seconds
                continue
            if fault.kind == "revoke":
                effect.revoke = True
                continue
            if fault.kind == "status":
                body = fault.body
                if body is None:
                    body = {"code": fault.status, "message": HTTPStatus(fault.status).phrase}
                effect.answer = Answer(fault.status, body, dict(fault.headers))
            elif fault.kind == "close":
                effect.close = True
            elif fault.kind == "drop_answer":
                effect.drop = True
            else:
                effect.garbage = GARBAGE
            break
        return effect

    def _read(self, number: int, wanted: dict[str, Any]) -> Fault:
        known = {name for name in Fault.__dataclass_fields__ if name != "random"}
        strange = set(wanted) - known
        if strange:
            raise ValueError(f"fault {number}: unknown {', '.join(sorted(strange))}")
        if wanted.get("kind") not in KINDS:
            raise ValueError(f"fault {number}: kind is one of {', '.join(KINDS)}")
        given = {name: value for name, value in wanted.items() if value is not None}
        fault = Fault(**given, random=Random(f"{self.seed}/{number}"))
        fault.method = fault.method.upper() if fault.method else None
        return fault
