"""DR1xx and DR2xx: the text of the spec, and its shape."""

from __future__ import annotations

from compiler.diagnostics.model import Rule

_YAML = "YAML 1.2.2, https://yaml.org/spec/1.2.2/"


class Reading:
    DR101 = Rule(
        "DR101",
        "unreadable",
        says="the spec file cannot be read",
        why="The compiler needs the file to compile anything.",
        fix="name a readable YAML file, such as `specs/dr-topology.yaml`",
    )
    DR102 = Rule(
        "DR102",
        "encoding",
        says="the spec is not UTF-8 text",
        why="Programs disagree about what the bytes of other encodings mean.",
        fix="save the file as UTF-8 without control characters",
        source=_YAML,
    )
    DR103 = Rule(
        "DR103",
        "syntax",
        says="the file is not valid YAML",
        why="The compiler does not guess what an invalid file means.",
        fix="correct the YAML at this place",
        source=_YAML,
    )
    DR104 = Rule(
        "DR104",
        "tab",
        says="there is a tab where YAML expects spaces",
        why="YAML does not allow tabs in indentation. Most editors show a tab like spaces.",
        fix="replace the tab with spaces",
        source=_YAML,
    )
    DR105 = Rule(
        "DR105",
        "duplicate-key",
        says="a key occurs twice in one mapping",
        why="Most YAML parsers keep the last value and ignore the first without a warning.",
        fix="remove one of the two keys",
        source=_YAML,
    )
    DR106 = Rule(
        "DR106",
        "empty",
        says="the spec file is empty",
        why="An empty spec would compile to templates that remove everything.",
        fix="create a spec with `dr-compile --init specs/topology.yaml`",
    )
    DR107 = Rule(
        "DR107",
        "several-documents",
        says="the file contains more than one YAML document",
        why="The compiler would read the first document and ignore the others.",
        fix="put each topology into its own file",
        source=_YAML,
    )
    DR108 = Rule(
        "DR108",
        "tag",
        says="the spec uses a YAML tag or a YAML directive",
        why="A tag changes the type of a value, and a reviewer does not see that in the value.",
        fix="write the value without a tag",
        source=_YAML,
    )
    DR109 = Rule(
        "DR109",
        "alias",
        says="the spec uses a YAML anchor or a YAML alias",
        why="A change of the anchor also changes other lines, and the diff does not show those lines.",
        fix="write the value in each place that needs it",
        source=_YAML,
    )
    DR110 = Rule(
        "DR110",
        "merge-key",
        says="the spec uses a YAML merge key (`<<`)",
        why="Merge keys are not part of YAML 1.2, and parsers treat them differently.",
        fix="write the keys in each place that needs them",
        source=_YAML,
    )
    DR111 = Rule(
        "DR111",
        "leading-zero",
        says="a number starts with a zero",
        why="Some parsers read 010 as 8, others as 10. An account id loses its first digit.",
        fix="put the value in quotes if it is a text; remove the zero if it is a number",
        source=_YAML,
    )
    DR112 = Rule(
        "DR112",
        "key",
        says="a key is not a plain word",
        why="The sections and fields of a spec have names, and each name is a word.",
        fix="use a field name from docs/spec.md and write it as a plain word",
        source=_YAML,
    )
    DR113 = Rule(
        "DR113",
        "depth",
        says="the spec is nested too deeply",
        why="No section of a spec needs so many levels.",
        fix="reduce the nesting",
    )
    DR114 = Rule(
        "DR114",
        "number",
        says="a number has too many digits",
        why="No field of a spec takes a number of this size.",
        fix="put the value in quotes if it is a text; write a smaller number, with its unit, if it is a number",
    )
    DR115 = Rule(
        "DR115",
        "hidden",
        says="the spec contains an invisible character",
        why="Invisible characters and characters that change the text direction make a reviewer read something else "
        "than the compiler reads.",
        fix="remove the character",
        source="Trojan Source, https://trojansource.codes/trojan-source.pdf",
    )
    DR130 = Rule(
        "DR130",
        "conflict",
        says="a conflict of a merge is not resolved",
        why="Git marks both sides of a conflict with lines of `<`, `=` and `>`. The compiler does not choose a side.",
        fix="keep the lines that are right, remove the lines with the markers, and compile again: templates are "
        "compiled, not merged",
        source="https://git-scm.com/docs/git-merge#_how_conflicts_are_presented",
    )
    DR131 = Rule(
        "DR131",
        "look-alike",
        says="a character only looks like a space, a quote or another character of YAML",
        why="Web pages, word processors and some keyboards write such characters. To YAML they are letters of a word.",
        fix="write the character that it looks like",
        source=_YAML,
    )


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
