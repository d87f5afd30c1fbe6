"""The lines of the result: what was measured, the figure, the goal, and whether it is met."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Line:
    what: str
    figure: str
    goal: str = ""
    met: bool | None = None

    @property
    def word(self) -> str:
        return {True: "ok", False: "NOT MET", None: ""}[self.met]


def exactly(what: str, figure: float, wanted: float) -> Line:
    return Line(what, _shown(figure), f"= {_shown(wanted)}", figure == wanted)


def at_most(what: str, figure: float, limit: float, unit: str = "") -> Line:
    return Line(what, _shown(figure, unit), f"<= {_shown(limit, unit)}", figure <= limit)


def at_least(what: str, figure: float, limit: float, unit: str = "") -> Line:
    return Line(what, _shown(figure, unit), f">= {_shown(limit, unit)}", figure >= limit)


def just(what: str, figure: float, unit: str = "") -> Line:
    """A figure without a goal."""
    return Line(what, _shown(figure, unit))


def _shown(figure: float, unit: str = "") -> str:
    if isinstance(figure, int) or abs(figure) >= 1000:
        text = f"{figure:,.0f}"
    else:
        text = f"{figure:.2f}" if abs(figure) < 100 else f"{figure:.1f}"
    return f"{text} {unit}".rstrip()


def heading(text: str) -> None:
    print(f"\n{text}", flush=True)


def show(lines: Sequence[Line]) -> None:
    for line in lines:
        print(
            f"  {line.what:<62} {line.figure:>14}  {line.goal:<12} {line.word}".rstrip(), flush=True
        )


def store(file: Path, sections: dict[str, list[Line]], **about: Any) -> None:
    result = {
        "python": platform.python_version(),
        **about,
        "sections": {
            name: [{**asdict(line), "result": line.word} for line in lines]
            for name, lines in sections.items()
        },
    }
    file.write_text(json.dumps(result, indent=2) + "\n")
