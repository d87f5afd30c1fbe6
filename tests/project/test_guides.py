"""The guides say what the product says: every cause, every code, every reason to stand still."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from integrations import causes, choices, configuring, registry
from integrations.words import HELD
from mappings.models import FieldMap
from reports.catalogue import REPORTS
from tests.screens.test_words import CODE_IN_TEXT, NEVER

ROOT = Path(__file__).resolve().parents[2]
GUIDES = sorted((ROOT / "docs" / "guide").glob("*.md"))
ERRORS, SETTING_UP, DUPLICATES = (
    (ROOT / "docs" / "guide" / f"{name}.md").read_text()
    for name in ("errors", "setting-up", "duplicates")
)
# Of records that are left out or wait: nobody has to do anything, so they are no cause of trouble.
QUIET = {"rule", "view", "duplicate_skipped", "cloned", "waiting"}
# Of a line of history, not of a record.
TOLD = {"merged"}
# These show under *Possible duplicates*, as everything does that somebody has to decide there.
UNDECIDED = {"lost_answer", "separated", "ambiguous", "again"}


def test_every_cause_is_explained():
    for cause in causes.CAUSES.values():
        assert f"**{cause.title}**" in ERRORS, cause.key


def test_every_cause_that_the_code_gives_has_words():
    """Or people would read the code's own word for it."""
    given = set()
    for folder in ("integrations", "mappings"):
        for path in (ROOT / folder).rglob("*.py"):
            if not {"sandbox", "migrations"} & set(path.parts):
                given |= causes_in(ast.parse(path.read_text()))
    assert {"name_taken", "in_use", "lost_answer", "too_long", "required", "rejected"} <= given
    assert given - set(causes.CAUSES) - QUIET - TOLD - UNDECIDED == set()


def causes_in(tree: ast.AST) -> set[str]:
    """Every text given as a cause: by keyword, by assignment, or as a problem's third value."""
    found: list[ast.expr | None] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "cause":
            found.append(node.value)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
            found += node.args[2:3]
        elif isinstance(node, ast.BoolOp):
            if any(getattr(value, "id", "") == "cause" for value in node.values):
                found += node.values
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                ends = target.elts if isinstance(target, ast.Tuple) else [target]
                values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
                pairs = zip(ends, values, strict=False)
                found += [v for end, v in pairs if getattr(end, "attr", "") == "cause"]
        elif isinstance(node, ast.FunctionDef) and node.name == "_refusal":
            returned = [n.value for n in ast.walk(node) if isinstance(n, ast.Return)]
            found += [value.elts[0] for value in returned if isinstance(value, ast.Tuple)]
    constants = [node.value for node in found if isinstance(node, ast.Constant)]
    return {value for value in constants if isinstance(value, str) and value}


def test_every_code_that_a_connector_knows_is_explained():
    for connector in registry.discover().connectors.values():
        assert f"| {connector.label} |" in ERRORS
        for code in connector.codes:
            assert f"| {code.code} |" in ERRORS, code


def test_every_reason_to_stand_still_is_explained():
    for why, _ in HELD.values():
        assert f"| {why} |" in ERRORS


def test_the_scores_of_look_alikes_are_those_of_the_module():
    for match in registry.flow("crm.customers").match:
        if not match.exact and not match.native:
            line = next(line for line in DUPLICATES.splitlines() if match.says in line)
            assert line.endswith(f"| {match.score} % |"), match


def test_the_choices_have_the_names_of_the_screens():
    for choice in choices.duplicates(registry.flow("crm.customers")):
        assert f"**{choice.label}**" in DUPLICATES
    for name in ("Preview", "Save and Sync", "Save and Sync Later"):
        assert f"**{name}**" in SETTING_UP
    for written in FieldMap.On.labels:
        assert written.casefold() in SETTING_UP.casefold()
    assert len(configuring.WRITTEN) == len(FieldMap.On.labels)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_a_guide_leads_nowhere_that_is_not_there(guide):
    text = guide.read_text()
    for address in re.findall(r"\]\(([^)]+)\)", text):
        if "://" in address:
            continue
        name, _, heading = address.partition("#")
        there = (guide.parent / name) if name else guide
        assert there.exists(), address
        headings = re.findall(r"^#+ (.+)$", there.read_text(), re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}
        assert not heading or heading in anchors, address


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_a_guide_speaks_the_words_of_the_screens(guide):
    text = re.sub(CODE_IN_TEXT, "", guide.read_text(), flags=re.DOTALL)
    assert NEVER.findall(text) == []
    # Whoever reads the introduction finds the way to it.
    assert f"docs/guide/{guide.name}" in (ROOT / "README.md").read_text()


def test_operators_find_every_command_and_every_report():
    text = (ROOT / "docs" / "operators.md").read_text()
    found = ROOT.glob("*/management/commands/[a-z]*.py")
    commands = [path.stem for path in found if not path.is_relative_to(ROOT / "tests")]
    assert {"sync", "export", "configure"} <= set(commands)
    for name in commands:
        assert f"`{name}" in text, name
    for report in REPORTS:
        assert f"`{report}`" in text, report
