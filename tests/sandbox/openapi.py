"""The vendors' OpenAPI files as a judge of requests and answers.

    api = load("books")                          # or "crm"; None where ../shared is not there
    api.request_problems("POST", "/books/v3/contacts", {}, {"contact_name": "Acme"})
    api.answer_problems("GET", "/books/v3/contacts", 200, body)

Both give sentences, none when all is well. Paths are whole, as on the wire. What the fact sheets
call loose in the files is eased in `openapi_ease`, and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.sandbox.openapi_ease import EASE, Ease

SPECS = Path(__file__).resolve().parents[2].parent / "shared" / "specs"
MISSING = f"the vendors' OpenAPI files are not there ({SPECS.parent.name}/{SPECS.name})"
METHODS = ("get", "post", "put", "patch", "delete")
ROOT = "urn:specs"


FOLDERS = {"books": ("zoho-books",), "crm": ("zoho-crm/v8.0", "zoho-crm/v8-oas31")}
PREFIXES = {"books": "/books/v3", "crm": "/crm/v8"}


@dataclass(frozen=True)
class Operation:
    """One operation of one file; `pointer` is where it stands in the joined document."""

    template: str
    method: str
    node: Mapping[str, Any]
    shared: tuple[Any, ...]


class Api:
    """All files of one service."""

    def __init__(self, service: str, folders: tuple[Path, ...]) -> None:
        self.service = service
        self.ease = EASE.get(service, Ease())
        self.files: dict[str, Any] = {}
        for folder in folders:
            for path in sorted([*folder.glob("*.yml"), *folder.glob("*.json")]):
                name = f"{folder.name}.{path.name}".replace("/", "_")
                self.files[name] = _read(path)
        by_file = {name: name for name in self.files}
        self.root = {
            "files": {
                name: self._eased(_relinked(doc, name, by_file)) for name, doc in self.files.items()
            }
        }
        resource = Resource.from_contents(self.root, default_specification=DRAFT202012)
        self.registry = Registry().with_resource(ROOT, resource)
        self.operations = list(self._operations())

    def request_problems(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> list[str]:
        """Why the files do not know such a request; of several operations the kindest counts."""
        found = self.find(method, path)
        if not found:
            return [f"{method} {path}: no such operation"]
        return min((self._request(one, query or {}, body) for one in found), key=len)

    def answer_problems(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """How a successful answer differs from every schema the files give for it."""
        found = self.find(method, path)
        if not found:
            return [f"{method} {path}: no such operation"]
        schemas = [schema for one in found for schema in self._answers(one)]
        if not schemas:
            return []
        return min((self._differs(schema, body, status) for schema in schemas), key=len)

    def find(self, method: str, path: str) -> list[Operation]:
        """The operations of a path; those with more literal segments win over the others."""
        segments = path.strip("/").split("/")
        best: dict[tuple[bool, ...], list[Operation]] = {}
        for one in self.operations:
            parts = one.template.strip("/").split("/")
            fits = len(parts) == len(segments) and all(
                part == segment or self._stands_for(part, segment)
                for part, segment in zip(parts, segments, strict=True)
            )
            if fits:
                literal = tuple(part == seg for part, seg in zip(parts, segments, strict=True))
                best.setdefault(literal, []).append(one)
        if not best:
            return []
        return [one for one in best[max(best)] if one.method == method.lower()]

    def _stands_for(self, part: str, segment: str) -> bool:
        is_parameter = "{" in part or "(" in part
        return is_parameter and segment.startswith(self.ease.placeholders.get(part, ""))

    def paths(self) -> set[tuple[str, str]]:
        """Every (METHOD, template) of the files, parameters as `{}`."""
        return {
            (one.method.upper(), re.sub(r"\{[^}]*\}", "{}", one.template))
            for one in self.operations
        }

    def _operations(self) -> Iterator[Operation]:
        for doc in self.root["files"].values():
            prefix = _prefix(doc, PREFIXES[self.service])
            for template, node in (doc.get("paths") or {}).items():
                shared = tuple(node.get("parameters", ()))
                for method in METHODS:
                    if method in node:
                        yield Operation(prefix + template, method, node[method], shared)

    def _request(self, one: Operation, query: Mapping[str, str], body: Any) -> list[str]:
        name = f"{one.method.upper()} {one.template}"
        known = self._parameters(one)
        problems = [f"{name}: unknown parameter {key}" for key in sorted(set(query) - known)]
        schema = self._body(one)
        if body is not None and schema is None:
            return [*problems, f"{name}: takes no body"]
        if body is None or schema is None:
            return problems
        problems += [f"{name}: {text}" for text in self._unknown_fields(schema, body, "")]
        validator = self._validator(_optional(self._resolved(schema)))
        problems += [
            f"{name}: {'.'.join(map(str, error.path))} {error.message}"[:300]
            for error in validator.iter_errors(body)
        ]
        return problems

    def _parameters(self, one: Operation) -> set[str]:
        known = set(self.ease.query)
        for given in (*one.shared, *one.node.get("parameters", ())):
            parameter = self._resolved(given)
            if parameter.get("in") == "query":
                known.add(parameter["name"])
                # Variants of a filter are named in its description alone.
                words = re.findall(r"[`>]([a-z_]+)[`<]", parameter.get("description") or "")
                known |= {word for word in words if word.startswith(parameter["name"] + "_")}
        for beside, more in self.ease.with_query.items():
            if beside in known:
                known |= more
        return known

    def _body(self, one: Operation) -> Any:
        content = self._resolved(one.node.get("requestBody") or {}).get("content") or {}
        return next((media["schema"] for media in content.values() if "schema" in media), None)

    def _answers(self, one: Operation) -> Iterator[Any]:
        for status, given in one.node.get("responses", {}).items():
            if str(status).startswith("2"):
                for media in (self._resolved(given).get("content") or {}).values():
                    if "schema" in media:
                        yield media["schema"]

    def _differs(self, schema: Any, body: Any, status: int) -> list[str]:
        problems = [
            f"{status}: {'.'.join(map(str, error.path))} {error.message}"[:300]
            for error in self._validator(_optional(self._resolved(schema))).iter_errors(body)
        ]
        drawn = self._resolved(schema).get("properties", {})
        if isinstance(body, dict):
            problems += [f"{status}: no {key}" for key in drawn if key not in body]
        return problems

    def _unknown_fields(self, schema: Any, value: Any, at: str) -> Iterator[str]:
        schema = self._resolved(schema)
        if isinstance(value, list):
            for number, entry in enumerate(value):
                yield from self._unknown_fields(schema.get("items", {}), entry, f"{at}[{number}]")
        if not isinstance(value, dict):
            return
        choices = [*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())]
        drawn = dict(schema.get("properties", {}))
        for choice in choices:
            drawn |= self._resolved(choice).get("properties", {})
        if not drawn:
            return
        eased = self.ease.fields.get(re.sub(r"\[\d+\]$", "", at).rpartition(".")[2], frozenset())
        for key, entry in value.items():
            if key in drawn:
                yield from self._unknown_fields(drawn[key], entry, f"{at}.{key}".strip("."))
            elif key not in eased and not schema.get("additionalProperties"):
                yield f"unknown field {at}.{key}".replace(" .", " ")

    def _validator(self, schema: Any) -> Draft202012Validator:
        return Draft202012Validator(schema, registry=self.registry)

    def _resolved(self, node: Any) -> Any:
        """Follow `$ref` to what it stands for, within the joined document."""
        while isinstance(node, dict) and "$ref" in node:
            node = _at(self.root, node["$ref"].removeprefix(ROOT))
        return node

    def _eased(self, node: Any, name: str = "") -> Any:
        if isinstance(node, list):
            return [self._eased(entry) for entry in node]
        if not isinstance(node, dict):
            return node
        found = {key: self._eased(entry, key) for key, entry in node.items()}
        for word in ("exclusiveMinimum", "exclusiveMaximum", "nullable", "required"):
            if isinstance(found.get(word), bool):  # as OpenAPI 3.0 and older drafts have them
                found.pop(word)
        if not self.ease.required and isinstance(found.get("required"), list):
            found.pop("required")
        kind = found.get("type")
        if self.ease.scalars and kind in ("number", "integer"):
            found = {**found, "type": ["number", "string"]}
        elif self.ease.scalars and kind == "string":
            found = {**found, "type": ["string", "number"]}
        if name in self.ease.either and ("type" in found or "$ref" in found):
            return {}
        return found


def _read(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.CSafeLoader) if path.suffix == ".yml" else json.loads(text)


def _relinked(node: Any, own: str, files: Mapping[str, str]) -> Any:
    """Every `$ref` as a pointer into the joined document, wherever its file came from."""
    if isinstance(node, list):
        return [_relinked(entry, own, files) for entry in node]
    if not isinstance(node, dict):
        return node
    found = {key: _relinked(entry, own, files) for key, entry in node.items()}
    link = node.get("$ref")
    if isinstance(link, str):
        file, _, pointer = link.partition("#")
        folder = own.rsplit(".", 2)[0]
        name = own if not file else f"{folder}.{file.rsplit('/', 1)[-1]}"
        if name in files:
            return {"$ref": f"{ROOT}#/files/{name}{pointer}"}
        return {}  # a file that is not among these
    return found


def _at(root: Any, link: str) -> Any:
    for part in link.lstrip("#/").split("/"):
        step = part.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
        root = root[int(step)] if isinstance(root, list) else root[step]
    return root


def _prefix(doc: Any, prefix: str) -> str:
    """The servers' path, where the files' own paths do not begin with it."""
    paths = list(doc.get("paths") or ())
    if paths and paths[0].startswith(prefix):
        return ""
    server = (doc.get("servers") or [{}])[0]
    path = urlsplit(server.get("url", "").replace("{dc}", "com")).path
    return path.replace("{version}", "v8") if path.strip("/") else prefix


def _optional(schema: Any) -> Any:
    """A schema without its own list of required fields: the files' lists are not to be trusted,
    and a request may change one field."""
    return {key: entry for key, entry in schema.items() if key != "required"}


@cache
def load(service: str) -> Api | None:
    """The files of `books` or `crm`, None where they are not there."""
    folders = tuple(SPECS / folder for folder in FOLDERS[service])
    return Api(service, folders) if folders[0].is_dir() else None


def log_problems(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """What the files have against requests of the sandbox's log (`GET /_sandbox/requests`).

    Services without files are passed over.
    """
    problems: list[str] = []
    for entry in entries:
        api = load(entry["service"]) if entry["service"] in FOLDERS else None
        if api is not None:
            problems += api.request_problems(
                entry["method"], entry["path"], entry["query"], entry["body"]
            )
    return problems
