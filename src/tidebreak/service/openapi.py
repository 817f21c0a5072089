"""The description of the API (OpenAPI 3.1), with what handlers read themselves, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from tidebreak.service.forms.screening import MatchIn, OriginIn, SignalsIn, UrlIn
from tidebreak.service.forms.service import ProblemForm
from tidebreak.service.problems import MEDIA_TYPE, NAMES
from tidebreak.version import VERSION

_REF = "#/components/schemas/{model}"
_READ = (MatchIn, OriginIn, ProblemForm, SignalsIn, UrlIn)
"""Forms that no handler has in its signature."""

_BINARY = {"type": "string", "format": "binary"}


def json_of(*forms: type) -> dict[str, Any]:
    """Return the content of a request that is JSON in one of these forms."""
    refs = [{"$ref": _REF.format(model=form.__name__)} for form in forms]
    return {"application/json": {"schema": refs[0] if len(refs) == 1 else {"anyOf": refs}}}


def upload() -> dict[str, Any]:
    """Return the content of a request that is a file, bare or in a form."""
    fields = {name: {"type": "string"} for name in ("surface", "jurisdiction", "item")}
    form = {"type": "object", "required": ["file"], "properties": {"file": _BINARY, **fields}}
    return {
        "application/octet-stream": {"schema": _BINARY},
        "multipart/form-data": {"schema": form},
    }


def accepts(*contents: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a request that may be any of these."""
    return {kind: form for content in contents for kind, form in content.items()}


def query(name: str, kind: str = "string") -> dict[str, Any]:
    """Return a query parameter that a handler reads itself."""
    return {"name": name, "in": "query", "required": False, "schema": {"type": kind}}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description of ``app``, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title="Tidebreak",
            version=VERSION,
            openapi_version="3.1.0",
            summary="Recognises known content by the content itself.",
            description="Every answer that is no answer is a problem (RFC 9457): never a no.",
            routes=app.routes,
        )
        adapters = [(form, "validation", TypeAdapter(form)) for form in _READ]
        _, definitions = TypeAdapter.json_schemas(adapters, ref_template=_REF)  # type: ignore[arg-type]
        components = made.setdefault("components", {})
        components.setdefault("schemas", {}).update(definitions.get("$defs", {}))
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        made["security"] = [{"key": []}]
        for operations in made["paths"].values():
            for operation in operations.values():
                _add_problems(operation)
        app.openapi_schema = made
    return app.openapi_schema


def _add_problems(operation: dict[str, Any]) -> None:
    problem = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="ProblemForm")}}}
    responses = operation["responses"]
    for status, name in NAMES.items():
        responses[str(status)] = {"description": name, "content": problem}
