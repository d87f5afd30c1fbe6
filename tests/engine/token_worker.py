"""A process that asks for an access token when told to, and prints it.

python -m tests.engine.token_worker GRANT
"""

from __future__ import annotations

import sys
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from integrations import oauth  # noqa: E402


class Announced:
    """Says on standard output that the first look at the database is over."""

    said = False

    def __call__(self, execute: Any, *rest: Any) -> Any:
        result = execute(*rest)
        if not self.said:
            self.said = True
            print("looked", flush=True)
        return result


def main(grant: int) -> None:
    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    with connection.execute_wrapper(Announced()):
        token = oauth.access_token(grant)
    print(token)


if __name__ == "__main__":
    main(int(sys.argv[1]))
