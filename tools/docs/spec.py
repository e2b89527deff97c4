"""docs/spec.md: every section and field of a spec, from the models, with what each changes in the templates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from tools import schema
from tools.docs.costs import Added
from tools.docs.effects import Effect
from tools.docs.fields import Field, Node, fields

_INTRO = """\
# The spec

<!-- Made of the models in compiler/spec by `make goldens`; edit the descriptions there. -->

A spec is one YAML file. Unknown keys are errors. Quantities have units. Optional fields have the default that
is shown. `dr-compile --schema` prints the same as a JSON Schema. With the line

    # yaml-language-server: $schema=../schema/dr-topology.schema.json

at the top of a spec, an editor with the YAML language server completes, explains and checks every field. Several
environments can share a base: [environments.md](environments.md).

The column "changes" is computed: each field of [every-field.yaml](../examples/every-field/specs/every-field.yaml) is
changed alone and the compiled resources are compared; for what exists already, each of
[central-account.yaml](../examples/central-account/specs/central-account.yaml). "a parameter" is a parameter of the
templates, "the manifest" means that only figures and verdicts of `manifest.json` change, and "-" that nothing deployed
changes: the field is only checked, or decides which findings are accepted.

The column "costs" is computed too: each field is changed alone in [dr-topology.yaml](../specs/dr-topology.yaml), and
the costs of a month are compared ([costs.md](costs.md)). It names the value and what it adds, in US dollars at list
prices: with no client at all ("idle"), at the throughput of the spec day and night ("at load"), and in the twelfth such
month. Where nothing else is said, the amount is the same in all three.
"""
_MANY = 6
_LONG_ENUM = 12


def page(effects: Mapping[str, Effect | None], costs: Mapping[str, Added]) -> str:
    """The whole page; `effects` by route as `tools.docs.effects` finds them."""
    lines = [_INTRO]
    top = [field for field in fields() if "." not in field.route]
    lines.append("| section | what it says | |\n|---|---|---|")
    lines += [
        f"| [`{field.name}`](#{field.name if field.section else 'fields-at-the-top'}) | {_summary(field)} "
        f"| {'required' if field.required else ''} |"
        for field in top
    ]
    lines += ["", "## Fields at the top", "", *_table([f for f in top if f.section is None], effects, costs)]
    for field in fields():
        if field.section is not None:
            lines += ["", *_section(field, effects, costs)]
    return "\n".join(lines) + "\n"


def _summary(field: Field) -> str:
    return str(field.node["description"]).split("\n\n", 1)[0]


def _section(field: Field, effects: Mapping[str, Effect | None], costs: Mapping[str, Added]) -> Iterator[str]:
    assert field.section is not None  # noqa: S101 - the caller asked
    depth = "##" if "." not in field.route else "###"
    yield f'<a id="{field.route.replace("[]", "").replace(".", "-")}"></a>'
    yield ""
    yield f"{depth} {field.route.replace('[]', '')}"
    yield ""
    entries = _entries(field.node)
    required = "Required." if field.required else "Can be left out."
    yield f"{_summary(field)} {entries}{required}"
    if "items" in field.node:
        yield ""
        yield f"One entry: {_lower(str(field.section['description']))}"
    yield ""
    prefix = field.route + ("[]" if "items" in field.node else "") + "."
    yield from _table([Field(prefix + f.route, f.node, f.required) for f in _own(field.section)], effects, costs)


def _own(node: Node) -> Iterator[Field]:
    return (field for field in fields(node) if "." not in field.route)


def _entries(node: Node) -> str:
    low, high = node.get("minItems"), node.get("maxItems")
    if "items" not in node or (low is None and high is None):
        return ""
    return f"{low or 0} to {high} entries. " if high else f"At least {low} {'entry' if low == 1 else 'entries'}. "


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _table(listed: list[Field], effects: Mapping[str, Effect | None], costs: Mapping[str, Added]) -> Iterator[str]:
    yield "| field | value | left out | example | meaning | changes | costs |"
    yield "|---|---|---|---|---|---|---|"
    for field in listed:
        cells = (
            f"`{field.name}`",
            _value(field),
            _default(field),
            _example(field),
            _summary(field),
            _changes(field, effects),
            _costs(field, costs),
        )
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _value(field: Field) -> str:
    """What may stand there, in words."""
    node = field.node
    if field.section is not None:
        place = field.route.replace("[]", "")
        return f"[{'entries' if 'items' in node else 'section'}](#{place.replace('.', '-')})"
    if "const" in node:
        return f"`{node['const']}`"
    if "items" in node:
        number = f", or a {_words({**node, 'type': 'integer'})}" if "integer" in node["type"] else ""
        return f"list of {_words(node['items'])}{number}"
    if "patternProperties" in node:
        (value,) = node["patternProperties"].values()
        return f"names with {_words(value)}"
    return _words(node)


def _words(node: Node) -> str:
    kind = schema.QUANTITIES.get(re.sub(r"^\^\(\?!0\+[^)]*\)\?\[[^\]]*\]\)", "^", node.get("pattern", "")))
    choices = [choice for choice in node.get("enum", ()) if choice is not None]
    if choices:
        some = choices if len(choices) <= _LONG_ENUM else choices[:3]
        more = f" and {len(choices) - len(some)} more" if len(some) < len(choices) else ""
        return "one of " + ", ".join(f"`{choice}`" for choice in some) + more
    if kind:
        return f"{kind.KIND} in " + ", ".join(f"`{kind.SEPARATOR}{unit}`" for unit in kind.UNITS)
    types = node["type"] if isinstance(node["type"], list) else [node["type"]]
    if types[0] == "boolean":
        return "`true` or `false`"
    if types[0] in ("integer", "number"):
        return ("whole number" if types[0] == "integer" else "number") + _bounds(node)
    return str(node.get("patternErrorMessage", "It must be a text.")).removeprefix("It must be ").rstrip(".")


def _bounds(node: Node) -> str:
    low = node.get("minimum", node.get("exclusiveMinimum"))
    high = node.get("maximum")
    if low is None and high is None:
        return ""
    above = "more than " if "exclusiveMinimum" in node else ""
    return f", {above}{low:,} to {high:,}" if high is not None else f", {above or 'at least '}{low:,}"


def _default(field: Field) -> str:
    if field.required:
        return "required"
    if "default" in field.node:
        return f"`{_yaml(field.node['default'])}`"
    return "-"


def _example(field: Field) -> str:
    """One example as it is written in YAML, another than the default where there is one."""
    node = field.node
    default = node.get("default")
    if isinstance(default, bool):
        return f"`{_yaml(not default)}`"
    given = node.get("examples") or node.get("enum") or ([node["const"]] if "const" in node else [])
    if not given and "items" in node and "properties" not in node["items"]:
        given = [node["items"]["examples"][:1]] if "examples" in node["items"] else []
    if not given and "minimum" in node:
        given = [node["minimum"], node["minimum"] + 1]
    found = [one for one in given if one not in (default, None)] or given
    return f"`{_yaml(found[0])}`" if found else ""


def _yaml(value: object) -> str:
    """A value as it is written in YAML, in one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_yaml(item) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(item)}" for key, item in value.items()) + "}"
    quoted = isinstance(value, str) and re.fullmatch(r"[0-9]+|on|off|yes|no", value)
    return f'"{value}"' if quoted else str(value)


def _changes(field: Field, effects: Mapping[str, Effect | None]) -> str:
    if field.section is not None:
        return ""
    effect = effects.get(field.route)
    if effect is None or effect.empty:
        return "-"
    parts = []
    if effect.nearly_all:
        parts.append("nearly every resource")
    elif len(effect.types) > _MANY:
        parts.append(
            f"{len(effect.types)} types, among them " + ", ".join(_short(kind) for kind in effect.types[:_MANY])
        )
    else:
        parts += [_short(kind) for kind in effect.types]
    if effect.parameters:
        parts.append("a parameter")
    if effect.manifest:
        parts.append("the manifest")
    return ", ".join(parts)


def _costs(field: Field, costs: Mapping[str, Added]) -> str:
    """What another value of the field adds to the bill of the shipped spec."""
    found = costs.get(field.route)
    if field.section is not None or found is None:
        return "" if field.section is not None else "-"
    value = "left out" if found.value is None else f"`{_yaml(found.value)}`"
    amounts = found.amounts
    if amounts.idle == amounts.load == amounts.year:
        return f"{value}: {_dollars(amounts.idle)}"
    parts = [f"{_dollars(amounts.load)} at load"]
    if amounts.idle:
        parts.insert(0, f"{_dollars(amounts.idle)} idle")
    if amounts.year != amounts.load:
        parts.append(f"{_dollars(amounts.year)} after 12 months")
    return f"{value}: {', '.join(parts)}"


def _dollars(amount: Fraction) -> str:
    sign = "-" if amount < 0 else "+"
    value = abs(amount)
    return f"{sign}${float(value):,.0f}" if value >= 100 or not value else f"{sign}${float(value):,.2f}"


def _short(kind: str) -> str:
    return f"`{kind.removeprefix('AWS::')}`"
