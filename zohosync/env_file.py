"""Writes a `.env` with fresh keys: `python -m zohosync.env_file FILE`; keeps an existing one.

Only the standard library: it runs before anything has been configured.
"""

import base64
import os
import secrets
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / ".env.example"


def fresh(example: str) -> str:
    """The text of `.env.example` with both keys filled in."""
    keys = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
    }
    lines = []
    for line in example.splitlines():
        name, equals, value = line.partition("=")
        fills_in = equals and not value and name in keys
        lines.append(f"{name}={keys[name]}" if fills_in else line)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Create the file, readable by its owner alone."""
    target = Path(sys.argv[1])
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(fresh(EXAMPLE.read_text(encoding="utf-8")))
    print(f"Wrote {target} with fresh keys. Keep it: stored tokens can only be read with them.")


if __name__ == "__main__":
    main()
