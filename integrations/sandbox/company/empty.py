"""The same company on its first day: organisations, people, currencies, metadata, no records."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .organisation import establish


def populate(world: Any) -> None:
    establish(world, world.clock.now().replace(microsecond=0) - timedelta(days=1))
