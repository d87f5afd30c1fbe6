"""Every kind of answer CRM gives, held against the vendor's OpenAPI files.

Each answer must fit the schema a file gives for its status, but for the exceptions listed below,
each with the reason why the file is not followed there.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError, validators

from integrations.sandbox.crm.routes import router
from integrations.sandbox.world import World
from tests.sandbox import openapi
from tests.sandbox.crm_walk import walk
from tests.sandbox.crm_world import Crm

# call, status, problem (patterns) -> why the file is not followed
EXCEPTIONS = {
    ("GET .*", "200", r"info\.(next_page_token|previous_page_token|page_token_expiry): None.*"):
        "The vendor's examples and pages show null where there is no further page.",
    ("GET /crm/v8/[A-Z][a-z]+", "200", "data: .* is too long"):
        "A page holds 200 records; the file's 100 is that of writes.",
    ("GET .*", "200", r".*unique: .*'casesensitive' was unexpected.*"):
        "The pages and the older file spell it so.",
    ("GET .*/settings/fields.*", "200", r"fields\.#\.pick_list_values: .*'Qualification'.*"):
        "Stage's values carry probability and forecast, as the older file and layouts have them.",
    ("GET .*", "400|404", r": Additional properties .*\('code', 'details', 'message', 'status'.*"):
        "Request errors of reads stand alone in the vendor's examples, not inside data.",
    ("GET .*/settings/related_lists", "400", "code: 'REQUIRED_PARAM_MISSING' is not one of.*"):
        "The code of every other call that misses a parameter.",
    ("GET .*", "304", "no answer 304 in the files"):
        "Documented for If-Modified-Since on the pages.",
    ("GET .*/search", "204", "no answer 204 in the files"):
        "Documented on the page.",
    ("(POST|PUT) .*", "207", "no answer 207 in the files"):
        "Documented and in the later examples; this mirror of the files lacks it.",
    ("POST .*/upsert", "200", r".*\('action', 'duplicate_field' were unexpected\).*"):
        "Both are in the vendor's examples.",
    ("DELETE .*", "400", r"data\.#\.code: 'INVALID_DATA' is not one of \['NO_PERMISSION'\]"):
        "The vendor's example of a record that was not deleted has it.",
    ("GET .*/search", "400", ".* is valid under each of.*"):
        "Two alternatives of the file differ in optional details only.",
    ("POST .*/read", "400", ".* is valid under each of.*"):
        "As for search.",
    ("GET .*/read/#", "200", r"data\.#: '(Attachment_Source__s|File_Id__s)' is a required.*"):
        "Fields of another job type; the vendor's own example lacks them.",
}  # fmt: skip

api: Any = openapi.load("crm")
pytestmark = pytest.mark.skipif(api is None, reason=openapi.MISSING)


@pytest.fixture(scope="module")
def seen() -> list[tuple[str, str, Any]]:
    return walk(Crm(World.build("demo", 60, 3, limits="off")))


def test_every_answer_fits_the_files(seen):
    problems = set()
    for method, path, answer in seen:
        call = f"{method} {re.sub(r'(?<=/)[0-9]+', '#', path)}"
        for problem in problems_of(method, path, answer.status, answer.body):
            if not excused(call, answer.status, problem):
                problems.add(f"{call} {answer.status} {problem}")
    assert sorted(problems) == []


def test_every_exception_is_needed(seen):
    needed = set()
    for method, path, answer in seen:
        call = f"{method} {re.sub(r'(?<=/)[0-9]+', '#', path)}"
        for problem in problems_of(method, path, answer.status, answer.body):
            needed.add(excused(call, answer.status, problem))
    assert [key for key in EXCEPTIONS if key not in needed] == []


def test_the_walk_takes_every_route(seen):
    walked = set()
    for method, path, _ in seen:
        found = router.below(path)
        match = router.match(method, found[0]) if found else None
        walked.add((method, match.template if match else path))
    # The list of calls, two single reads, the stages and the merge have no schema of their own or
    # none at all.
    left = set(router.templates) - walked
    assert left <= {
        ("GET", "/__apis"),
        ("GET", "/users/actions/count"),
        ("GET", "/settings/stages"),
        ("GET", "/settings/related_lists/{record_id}"),
        ("GET", "/bulk/read/{job_id}/result"),
        ("POST", "/{module}/{record_id}/actions/merge"),
    }


def excused(call: str, status: int, problem: str) -> tuple[str, str, str] | None:
    for key in EXCEPTIONS:
        wanted = zip(key, (call, str(status), problem), strict=True)
        if all(re.fullmatch(pattern, text, re.DOTALL) for pattern, text in wanted):
            return key
    return None


def problems_of(method: str, path: str, status: int, body: Any) -> list[str]:
    """How an answer differs from the schema for its status: the newer files' where they have one,
    else the older ones'; of several, the kindest."""
    told: dict[bool, list[list[str]]] = {}
    for one in api.find(method, path):
        given = one.node["responses"].get(str(status))
        if given is None:
            continue
        for media in (api._resolved(given).get("content") or {"": {}}).values():
            told.setdefault(NEWER.get(id(one.node), False), []).append(_told(media, body))
    if not told:
        return [f"no answer {status} in the files"]
    return min(told.get(True) or told[False], key=len)


def _told(media: Any, body: Any) -> list[str]:
    if "schema" not in media or body is None or isinstance(body, bytes):
        return []
    found = []
    for error in Judge(media["schema"], registry=api.registry).iter_errors(body):
        for path, message in _causes(error):
            where = ".".join("#" if isinstance(part, int) else str(part) for part in path)
            found.append(f"{where}: {message}")
    return list(dict.fromkeys(found))


def _causes(error: Any, above: tuple = ()) -> list[tuple[tuple, str]]:
    """What is wrong below a failed oneOf: in the alternative that fits best."""
    here = (*above, *error.path)
    if not error.context:
        return [(here, error.message)]
    alternatives: dict[int, list[tuple[tuple, str]]] = {}
    for cause in error.context:
        alternatives.setdefault(cause.schema_path[0], []).extend(_causes(cause, here))
    return min(alternatives.values(), key=len)


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Any:
    """Patterns of the files use classes that Python's own do not know."""
    known = re.sub(r"\\p\{[LMN]\}", r"\\w", pattern)
    if isinstance(value, str) and not re.search(known, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


Judge = validators.extend(Draft202012Validator, {"pattern": _pattern})
NEWER = {
    id(node): name.startswith("v8-oas31")
    for name, document in (api.root["files"] if api else {}).items()
    for operations in (document.get("paths") or {}).values()
    for node in operations.values()
}
