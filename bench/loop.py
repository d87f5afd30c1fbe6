"""What a full re-read costs by hand: a session, orjson, a hash, one SELECT a page, a comparison.

python -m bench.loop SANDBOX TOKEN, with the product's DATABASE_URL; no Django. The fingerprints
are its own (of the same fields), made in a first pass that is not counted.
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import sys
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any

import orjson
import psycopg
import requests

FIELDS = (
    "Account_Name", "Phone", "Fax", "Website", "Billing_Street", "Billing_City", "Billing_State",
    "Billing_Code", "Billing_Country", "Shipping_Street", "Shipping_City", "Shipping_State",
    "Shipping_Code", "Shipping_Country", "Description", "Currency",
)  # fmt: skip
ASKED = ",".join((*FIELDS, "Modified_Time", "Created_Time"))
Rows = dict[str, bytes]


def pages(session: requests.Session, url: str, token: str) -> Iterator[list[dict[str, Any]]]:
    place = {"page": "1"}
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    while True:
        params = {"fields": ASKED, "per_page": "200", **place}
        answer = session.get(f"{url}/crm/v8/Accounts", params=params, headers=headers, timeout=60)
        body = orjson.loads(answer.content)
        yield body["data"]
        if not body["info"]["more_records"]:
            return
        place = {"page_token": body["info"]["next_page_token"]}


def fingerprint(record: dict[str, Any]) -> bytes:
    values = orjson.dumps([record.get(name) for name in FIELDS])
    return blake2b(values, digest_size=16).digest()


def table(database_url: str) -> tuple[Callable[[list[str]], Rows], Callable[[Rows], None]]:
    """(read the fingerprints of some ids, store fingerprints) in the product's database."""
    create = "CREATE TABLE IF NOT EXISTS bench_loop (id text PRIMARY KEY, print {} NOT NULL)"
    if database_url.startswith("sqlite"):
        lite = sqlite3.connect(database_url.removeprefix("sqlite:///"))
        lite.execute(create.format("blob"))

        def read_lite(ids: list[str]) -> Rows:
            marks = ",".join("?" * len(ids))
            sql = f"SELECT id, print FROM bench_loop WHERE id IN ({marks})"
            return dict(lite.execute(sql, ids).fetchall())

        def store_lite(rows: Rows) -> None:
            lite.executemany("INSERT OR REPLACE INTO bench_loop VALUES (?, ?)", rows.items())
            lite.commit()

        return read_lite, store_lite
    post = psycopg.connect(database_url, autocommit=True)
    post.execute(create.format("bytea"))

    def read_post(ids: list[str]) -> Rows:
        sql = "SELECT id, print FROM bench_loop WHERE id = ANY(%s)"
        return dict(post.execute(sql, [ids]).fetchall())

    def store_post(rows: Rows) -> None:
        sql = "INSERT INTO bench_loop VALUES (%s, %s) ON CONFLICT (id) DO NOTHING"
        with post.cursor() as cursor:
            cursor.executemany(sql, list(rows.items()))

    return read_post, store_post


def main(url: str, token: str) -> None:
    read, store = table(os.environ["DATABASE_URL"])
    session = requests.Session()
    session.trust_env = False
    unchanged = changed = 0
    for page in pages(session, url, token):
        stored = read([record["id"] for record in page])
        fresh = {}
        for record in page:
            now = fingerprint(record)
            if stored.get(record["id"]) == now:
                unchanged += 1
            else:
                changed += 1
                fresh[record["id"]] = now
        if fresh:
            store(fresh)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"unchanged": unchanged, "changed": changed, "peak_rss_mb": peak}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
