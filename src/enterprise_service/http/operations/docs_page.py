"""The page of documentation: the OpenAPI document as a person reads it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from enterprise_service.http.edge.problems import PROBLEMS

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8885; --soft: #8881; --mark: #2563c9; }
@media (prefers-color-scheme: dark) { :root { --mark: #8ab4f8; } }
* { box-sizing: border-box; }
body { font: 1rem/1.55 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.8rem; margin: 0; } h2 { border-bottom: 1px solid var(--line); margin-top: 3rem; }
h3 { margin: 2rem 0 .5rem; } h4 { margin: 1.2rem 0 .4rem; }
a { color: var(--mark); } code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
code { background: var(--soft); border-radius: .2rem; padding: .1em .25em; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: .4rem; overflow-x: auto; padding: .8rem; }
pre code { background: none; padding: 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem .4rem 0; text-align: left; vertical-align: top; }
.method { color: var(--mark); font-weight: 700; } .note { opacity: .75; }
""".strip()

_TEMPLATE: Final = """
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ document.info.title }}: HTTP API</title>
<style>{{ style }}</style>
</head>
<body>
{% macro fields(schema) %}
<div class="scroll"><table>
<thead><tr><th>field</th><th>type</th><th>meaning</th></tr></thead>
<tbody>
{% for name, field in schema.properties.items() %}
<tr><td><code>{{ name }}</code></td><td>{{ kind(field) }}</td>
<td>{{ prose(field.get("description", "")) }}
{% if name in schema.get("required", []) %}<b>Required.</b>{% endif %}</td></tr>
{% endfor %}
</tbody></table></div>
{% endmacro %}
{% macro parameters(found) %}
<div class="scroll"><table>
<thead><tr><th>parameter</th><th>in</th><th>type</th><th>meaning</th></tr></thead>
<tbody>
{% for parameter in found %}
<tr><td><code>{{ parameter.name }}</code></td><td>{{ parameter.in }}</td><td>{{ kind(parameter.schema) }}</td>
<td>{{ prose(parameter.get("description", "")) }}
{% if parameter.get("required") %}<b>Required.</b>{% endif %}
{% if "default" in parameter.schema %}Default <code>{{ pretty(parameter.schema.default) }}</code>.{% endif %}</td></tr>
{% endfor %}
</tbody></table></div>
{% endmacro %}
{% macro content(holder) %}
{% for media_type, body in holder.get("content", {}).items() %}
<p class="note"><code>{{ media_type }}</code>, {{ kind(body.schema) }}</p>
{% for example in body.get("examples", {}).values() %}
<p>{{ example.summary }}:</p>
<pre><code>{{ pretty(example.value) }}</code></pre>
{% endfor %}
{% endfor %}
{% endmacro %}
<header>
<h1>{{ document.info.title }}</h1>
<p class="note">HTTP API, version {{ document.info.version }}. For programs:
<a href="/api-docs/openapi.json">openapi.json</a></p>
{% for paragraph in document.info.description.split("\\n\\n") %}<p>{{ prose(paragraph) }}</p>{% endfor %}
</header>
<nav aria-label="Contents"><ul>
{% for path, method, operation, _ in operations %}
<li><a href="#{{ anchor(method ~ path) }}"><span class="method">{{ method | upper }}</span> {{ path }}</a>:
{{ operation.summary }}</li>
{% endfor %}
<li><a href="#problems">Problems</a></li>
<li><a href="#schemas">Schemas</a></li>
</ul></nav>
<main>
{% for path, method, operation, found in operations %}
<section id="{{ anchor(method ~ path) }}">
<h2><span class="method">{{ method | upper }}</span> {{ path }}</h2>
<p><b>{{ operation.summary }}.</b> {{ prose(operation.description) }}</p>
{% if operation.get("security") %}<p>Needs a credential: <code>Authorization: Bearer ...</code></p>{% endif %}
{% if found %}<h3>Parameters</h3>{{ parameters(found) }}{% endif %}
{% if "requestBody" in operation %}<h3>Request</h3>{{ content(operation.requestBody) }}{% endif %}
<h3>Answers</h3>
{% for status, answer in operation.responses.items() %}
<h4><code>{{ status }}</code> {{ prose(answer.description) }}</h4>
{% for name, header in answer.get("headers", {}).items() %}
<p>Header <code>{{ name }}</code>: {{ header.description }}</p>
{% endfor %}
{{ content(answer) }}
{% endfor %}
</section>
{% endfor %}
<section id="problems">
<h2>Problems</h2>
<p>Whatever goes wrong is answered as <code>application/problem+json</code> (RFC 9457). Programs look at
<code>code</code>. Any answer but a 200 that says <code>"allowed": true</code> allows nothing.</p>
<div class="scroll"><table>
<thead><tr><th>status</th><th>code</th><th>meaning</th></tr></thead>
<tbody>
{% for code, problem in problems.items() %}
<tr id="{{ code }}"><td>{{ problem.status }}</td><td><code>{{ code }}</code></td><td>{{ problem.title }}</td></tr>
{% endfor %}
</tbody></table></div>
</section>
<section id="schemas">
<h2>Schemas</h2>
{% for name, schema in document.components.schemas.items() %}
<h3 id="{{ anchor(name) }}">{{ name }}</h3>
{{ fields(schema) }}
{% endfor %}
</section>
</main>
</body>
</html>
""".lstrip()

_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()

POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page's Content-Security-Policy: its own style and nothing else."""


def render(document: dict[str, Any]) -> str:
    """The page for ``document``."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_TEMPLATE).render(
        document=document,
        operations=list(_operations(document)),
        problems=PROBLEMS,
        style=Markup(_STYLE),  # noqa: S704 (ours, see above)
        kind=_kind,
        prose=_prose,
        anchor=_anchor,
        pretty=lambda value: json.dumps(value, indent=2),
    )


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], list[dict[str, Any]]]]:
    """Each path, method and operation, with the parameters of both."""
    for path, item in document["paths"].items():
        shared = item.get("parameters", [])
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation, [*shared, *operation.get("parameters", [])]


def _prose(text: str) -> Markup:
    """``text`` with what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 (it has been escaped)


def _kind(schema: dict[str, Any]) -> Markup:
    """What a value of ``schema`` is, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#{}">{}</a>').format(_anchor(name), name)
    for combined in ("oneOf", "anyOf"):
        if combined in schema:
            return Markup(" or ").join(map(_kind, schema[combined]))
    if schema.get("type") == "array":
        return Markup("list of {}").format(_kind(schema["items"]))
    if "enum" in schema:
        return Markup(", ").join(Markup("<code>{}</code>").format(word or "null") for word in schema["enum"])
    kinds = schema.get("type", "any")
    return escape(kinds if isinstance(kinds, str) else " or ".join(kinds))


def _anchor(name: str) -> str:
    """An id for a part of the page; codes of problems have theirs to themselves."""
    return "at-" + re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()
