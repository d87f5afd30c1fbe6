"""The layers: imports point down only. Read from the source with `ast`, so no import is missed."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("zohosync", "integrations", "mappings", "reports")

# From the bottom up; a module may import what stands on lines above its own. A name stands for
# the module and everything below it, the longest one counts. A module that is named nowhere is a
# screen or a command: nothing below the screens may import it.
LAYERS: tuple[str, ...] = (
    "mappings.values mappings.counting mappings.table_files",
    "mappings.converters mappings.keys",
    "mappings.fields",
    "mappings.models",
    "mappings.links mappings.known mappings.catalogue mappings.suggest mappings.map_file",
    "mappings.pair_file",
    "integrations.errors integrations.secrets integrations.progress zohosync.processes",
    "integrations.data_centers integrations.watch",
    "integrations.models",
    "integrations.oauth integrations.pacing",
    "integrations.http",
    "integrations.connector integrations.sync.flow",
    "integrations.registry",
    "integrations.checks integrations.words",
    "integrations.ways",
    "integrations.legs",
    "integrations.new_modules integrations.module_flows",
    "integrations.kinds",
    "integrations.connectors",
    "integrations.sync.case integrations.sync.promises",
    "integrations.apart",
    "integrations.lapsing",
    "integrations.sync.refusals",
    "integrations.sync.updates",
    "integrations.sync.duplicates",
    "integrations.sync.plan",
    "integrations.sync.context integrations.sync.lease integrations.sync.places",
    "integrations.guards",
    "integrations.sync.stopping",
    "integrations.sync.match",
    "integrations.sync.scope integrations.sync.sisters integrations.sync.terms",
    "integrations.sync.sister_natives integrations.sync.planned",
    "integrations.sync.pages integrations.sync.unfollowed",
    "integrations.sync.own_writes",
    "integrations.sync.notes integrations.sync.measure integrations.sync.merge_signs",
    "integrations.sync.merges",
    "integrations.sync.removals",
    "integrations.sync.absences",
    "integrations.sync.marking",
    "integrations.sync.deletions",
    "integrations.sync.sister_merges",
    "integrations.sync.reading",
    "integrations.sync.answers integrations.sync.approved integrations.sync.endings",
    "integrations.sync.apply",
    "integrations.sync.settle integrations.sync.scanning",
    "integrations.sync.run integrations.sync.looking_up",
    "integrations.following integrations.meter integrations.watching",
    "integrations.notified",
    "integrations.settings_history",
    "integrations.keeping integrations.holding",
    "integrations.partners",
    "integrations.pairs integrations.pair_rows",
    "integrations.pair_judging",
    "integrations.pair_making",
    "integrations.pair_files",
    "integrations.jobs integrations.configuring integrations.connecting",
    "integrations.carrying",
    "integrations mappings",
    "reports",
    "zohosync",
)
# May import each other: an app's own parts on one line.
PACKAGES = ("integrations.models", "integrations", "mappings", "reports", "zohosync")
SCREENS = ("mappings", "integrations")

PURE = (
    "mappings.values",
    "mappings.converters",
    "mappings.keys",
    "mappings.fields",
    "integrations.sync.flow",
    "integrations.sync.plan",
    "integrations.progress",
)
PRODUCTS = re.compile(
    r"\b(zoho|books|crm|people|projects|altpay|invoices?|alternative payments|xero|quickbooks)\b",
    re.IGNORECASE,
)
NO_NAMES = {"utils", "helpers", "common", "constants", "services"}
# "About 300 lines": a file a little over that is no second subject yet.
LONGEST, LONGEST_TABLE = 315, 400
LONG = {
    "integrations/connector.py": "what a connector is, its values and its verbs on one page",
    "integrations/connectors/books/connector.py": "half of it are the app's tables",
    "integrations/connectors/crm/connector.py": "half of it is the app's table of errors",
}


def _files(*roots: str) -> Iterator[Path]:
    for root in roots:
        for path in sorted((ROOT / root).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_name(path): path for path in _files(*OURS)}


@cache
def imports_of(module: str) -> frozenset[str]:
    """Every module a module imports, also inside functions; of ours by the finest name."""
    path = MODULES[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            inner = {f"{base}.{alias.name}" for alias in node.names}
            known = {name for name in inner if name in MODULES}
            found |= known if known else {base}
    return frozenset(found - {module})


def is_below(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(f"{prefix}.")


def _place(module: str) -> tuple[int, str]:
    """(layer, the name that puts it there)."""
    named = [
        (name, number)
        for number, line in enumerate(LAYERS)
        for name in line.split()
        if is_below(module, name)
    ]
    name, number = max(named, key=lambda item: len(item[0]))
    return number, name


ENGINE = sorted(name for name in MODULES if not is_below(name, "integrations.sandbox"))


@pytest.mark.parametrize("module", ENGINE)
def test_imports_point_down(module: str) -> None:
    layer, unit = _place(module)
    wrong = []
    for imported in imports_of(module):
        if imported.split(".")[0] not in OURS or is_below(imported, "integrations.sandbox"):
            continue
        if imported == "integrations.connectors":  # the empty package, to walk its folder
            continue
        other, other_unit = _place(imported)
        together = (unit == other_unit and unit in PACKAGES) or (unit, other_unit) == SCREENS
        if other > layer or (other == layer and not together):
            wrong.append(imported)
    # The folders of connectors are looked at by themselves, below.
    wrong = [name for name in wrong if not (unit == "integrations.connectors" == _place(name)[1])]
    assert not wrong, f"{module} stands in layer {layer} and imports {sorted(wrong)}"


def test_only_the_screens_of_mappings_know_integrations() -> None:
    knowing = {
        module
        for module in ENGINE
        if is_below(module, "mappings")
        and any(is_below(name, "integrations") for name in imports_of(module))
    }
    screens = {"admin", "map_admin", "forms", "views", "urls"}
    screens = {f"mappings.{name}" for name in screens}
    assert knowing <= screens


def test_nothing_imports_a_connector_by_name() -> None:
    importers = {
        module: sorted(
            name for name in imports_of(module) if is_below(name, "integrations.connectors")
        )
        for module in ENGINE
        if not is_below(module, "integrations.connectors")
    }
    assert {module: names for module, names in importers.items() if names} == {
        "integrations.registry": ["integrations.connectors"]
    }


def test_a_connector_folder_knows_no_other_and_nothing_above_the_registry() -> None:
    allowed = _place("integrations.registry")[0]
    for module in ENGINE:
        if not is_below(module, "integrations.connectors") or module.count(".") < 2:
            continue
        folder = ".".join(module.split(".")[:3])
        for name in imports_of(module):
            if name.split(".")[0] not in OURS or is_below(name, folder):
                continue
            # Invoice is Books with another address.
            builds_on = (folder.rpartition(".")[2], name.split(".")[2:3]) == ("invoice", ["books"])
            assert builds_on or _place(name)[0] <= allowed, f"{module} imports {name}"


def test_the_stand_in_imports_nothing_of_ours() -> None:
    sandbox = [module for module in MODULES if is_below(module, "integrations.sandbox")]
    assert sandbox
    for module in sandbox:
        foreign = {
            name
            for name in imports_of(module)
            if name.split(".")[0] in OURS and not is_below(name, "integrations.sandbox")
        }
        assert not foreign, f"{module} imports {sorted(foreign)}"


def test_only_the_command_serves_the_stand_in() -> None:
    users = {
        module
        for module in ENGINE
        if any(is_below(name, "integrations.sandbox") for name in imports_of(module))
    }
    assert users == {"integrations.management.commands.sandbox"}


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_reach_neither_database_nor_network(module: str) -> None:
    reached: set[str] = set()
    todo = {module}
    while todo:
        reached |= todo
        todo = {f for name in todo if name in MODULES for f in imports_of(name)} - reached
    outside = {name.split(".")[0] for name in reached if name not in MODULES}
    network = {"socket", "urllib.request", "http"}
    assert outside - set(sys.stdlib_module_names) <= {"orjson"}
    assert not {name for name in reached if name in network}


@pytest.mark.parametrize("path", list(_files("integrations/sync")), ids=lambda path: path.name)
def test_the_engine_names_no_product(path: Path) -> None:
    lines = path.read_text().splitlines()
    named = [f"{n}: {line.strip()}" for n, line in enumerate(lines, 1) if PRODUCTS.search(line)]
    assert not named


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    assert not {path for path in _files(*OURS, "tests") if path.stem in NO_NAMES}


@pytest.mark.parametrize("root", [*OURS, "tests"])
def test_files_stay_short(root: str) -> None:
    limit = LONGEST_TABLE if root == "tests" else LONGEST
    long = {
        str(path.relative_to(ROOT)): lines
        for path in _files(root)
        if (lines := len(path.read_text().splitlines())) > limit
    }
    assert set(long) <= set(LONG), long
