"""DR2xx: the shape of the spec."""

from __future__ import annotations

from compiler.diagnostics.model import Rule

_AWS = "https://docs.aws.amazon.com/"


class Shape:
    DR201 = Rule(
        "DR201",
        "unknown-key",
        says="the spec has an unknown key",
        why="If the compiler ignored a misspelled key, it would deploy the default value of that field.",
        fix="correct the spelling of the key, or remove the key",
    )
    DR202 = Rule(
        "DR202",
        "missing-key",
        says="a required key is missing",
        why="The key has no default value that fits every topology.",
        fix="add the key",
    )
    DR203 = Rule(
        "DR203",
        "type",
        says="a value has the wrong type",
        why="The field cannot use a value of this type.",
        fix="write a value of the type that the message names",
    )
    DR204 = Rule(
        "DR204",
        "unit",
        says="a quantity has no unit or an unknown unit",
        why="15 can mean seconds or minutes. 15:00 can mean 15 hours or 900 seconds.",
        fix="write the number with its unit, such as `15m`",
    )
    DR205 = Rule(
        "DR205",
        "range",
        says="a value is outside the allowed range",
        why="AWS or the compiler does not accept the value.",
        fix="choose an allowed value",
    )
    DR206 = Rule(
        "DR206",
        "form",
        says="a text does not have the form that its field requires",
        why="The text becomes part of a name or an address, and AWS would reject that name or address.",
        fix="write the text in the form that the message shows",
    )
    DR207 = Rule(
        "DR207",
        "unquoted",
        says="a text that looks like a number is not quoted",
        why="YAML reads it as a number, and the digits can change.",
        fix="put the text in quotes",
        source="YAML 1.2.2, https://yaml.org/spec/1.2.2/",
    )
    DR208 = Rule(
        "DR208",
        "version",
        says="this compiler does not support the version of the spec",
        why="A field can have a different meaning in another version.",
        fix="write `version: 1`",
    )
    DR209 = Rule(
        "DR209",
        "duplicate-name",
        says="two entries have the same name",
        why="The compiler makes logical ids and physical names from these names, and both must be unique.",
        fix="give each entry a different name",
    )
    DR210 = Rule(
        "DR210",
        "interpolation",
        says="a text contains a dynamic reference of CloudFormation",
        why="CloudFormation replaces `{{resolve:…}}` in any string by a parameter or a secret at deploy time.",
        fix="remove the braces",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html",
    )
    DR211 = Rule(
        "DR211",
        "reserved",
        says="AWS reserves this key",
        why="The service rejects the key or uses it for something else.",
        fix="choose another key",
        source=_AWS + "lambda/latest/dg/configuration-envvars.html",
    )
    DR212 = Rule(
        "DR212",
        "ambiguous",
        says="YAML parsers disagree about the type of a text without quotes",
        why="`yes`, `12:30` and `2026-01-31` are texts in YAML 1.2. In YAML 1.1 they are a boolean, a number and a "
        "date.",
        fix="put the text in quotes",
        source="Types of YAML 1.1, https://yaml.org/type/",
    )
