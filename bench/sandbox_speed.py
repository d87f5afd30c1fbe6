"""How fast the sandbox answers: it must never be what is measured."""

from __future__ import annotations

import http.client
import json
import time
from itertools import cycle
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from bench.processes import Sandbox
from bench.table import Line, at_least

ROUNDS = 3
PAGES, WRITES = 200, 600
FIELDS = "Account_Name,Phone,Website,Billing_City,Billing_Country,Description,Modified_Time"


def measure(folder: Path) -> list[Line]:
    pages, writes = [], []
    with Sandbox(accounts=5000) as sandbox:
        caller = Caller(sandbox)
        for number in range(ROUNDS):
            pages.append(caller.pages())
            writes.append(caller.writes(number))
    return [
        at_least("sandbox: list pages of 200 a second", median(pages), 100),
        at_least("sandbox: writes a second", median(writes), 400),
    ]


class Caller:
    """The leanest client there is, so that the time is the sandbox's."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._line = http.client.HTTPConnection(urlsplit(sandbox.url).netloc)
        self._headers = {"Authorization": f"Zoho-oauthtoken {sandbox.token()}"}
        found = self._ask("GET", "/books/v3/organizations")
        self._organization = json.loads(found)["organizations"][0]["organization_id"]

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        self._line.request(method, path, body, self._headers)
        answer = self._line.getresponse()
        read = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {read[:200]!r}")
        return read

    def pages(self) -> float:
        began = time.perf_counter()
        for _, page in zip(range(PAGES), cycle(range(1, 11)), strict=False):
            self._ask("GET", f"/crm/v8/Accounts?fields={FIELDS}&per_page=200&page={page}")
        return PAGES / (time.perf_counter() - began)

    def writes(self, round_number: int) -> float:
        path = f"/books/v3/contacts?organization_id={self._organization}"
        bodies = [
            json.dumps(
                {"contact_name": f"Speed {round_number}-{n}", "website": "www.speed.example"}
            ).encode()
            for n in range(WRITES)
        ]
        began = time.perf_counter()
        for body in bodies:
            self._ask("POST", path, body)
        return WRITES / (time.perf_counter() - began)
