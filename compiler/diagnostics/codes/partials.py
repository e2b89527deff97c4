"""DR5xx: partials."""

from __future__ import annotations

from compiler.diagnostics.model import Rule


class Partials:
    DR501 = Rule(
        "DR501",
        "partial-json",
        says="the output of a partial is not valid JSON",
        why="The output of a partial becomes part of a JSON template.",
        fix="correct the partial at this line",
    )
    DR502 = Rule(
        "DR502",
        "duplicate-id",
        says="a logical id or a key is used twice",
        why="Most JSON parsers keep the last value and ignore the first without a warning.",
        fix="give each resource its own logical id",
    )
    DR503 = Rule(
        "DR503",
        "partial-view",
        says="a partial and its view do not match",
        why="A partial receives exactly the fields of its view and must use them.",
        fix="use exactly the fields of the view",
    )
    DR504 = Rule(
        "DR504",
        "partial-construct",
        says="a partial uses a Jinja construct that is not allowed",
        why="Python code computes the values, and a partial only puts them in place. Arithmetic, filters, assignments "
        "and macros are not allowed.",
        fix="compute the value in the service module and pass it in the view",
    )
    DR505 = Rule(
        "DR505",
        "partial-shape",
        says="the output of a partial is not a template fragment",
        why="The file schema/partial.schema.json defines what a fragment can contain.",
        fix="return an object with `Resources`, and give each resource `Type` and `Properties`",
    )
    DR506 = Rule(
        "DR506",
        "partial-syntax",
        says="a partial is not a valid Jinja template",
        why="Jinja cannot render it.",
        fix="correct the template at this line",
    )
    DR507 = Rule(
        "DR507",
        "partial-folder",
        says="the folder of partials cannot be used",
        why="`--partials` needs a folder that has one subfolder per service.",
        fix="name an existing folder of this form",
    )
    DR508 = Rule(
        "DR508",
        "partial-resource",
        says="a custom partial leaves out a resource that other resources refer to",
        why="The references to this resource would fail at deploy time.",
        fix="keep the resource, with the logical id that the view provides",
    )
    DR509 = Rule(
        "DR509",
        "partial-quotes",
        says="a partial writes a value inside quotes",
        why="A partial writes each value as a complete JSON value, which has its own quotes. This keeps every text "
        "inside its value.",
        fix="remove the quotes around the value",
    )
