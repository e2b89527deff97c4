"""Physical names: `<resource-type>[-<entry>]-<environment>-<suffix>[-<region>]`, built from the parameters.

Lengths are held against AWS's limits with the longest environment and suffix that the parameters allow, so that
no legal parameter value can make a deployment fail on a name.
"""

from __future__ import annotations

from compiler.ir.elements import ACCOUNT, PARTITION, If, Param, Part, Text, join

ENVIRONMENT = Param("environment")
SUFFIX = Param("environmentSuffix")
ENVIRONMENT_MAX = 8
SUFFIX_MAX = 8
_LONGEST = {
    ENVIRONMENT.name: "e" * ENVIRONMENT_MAX,
    SUFFIX.name: "s" * SUFFIX_MAX,
    ACCOUNT.name: "0" * 12,
    PARTITION.name: "aws",
}


def physical(kind: str, entry: str | None = None, *, region: str | None = None) -> Text:
    """A name that is unique within a region, or within the account where `region` is given."""
    stem = kind if entry is None else f"{kind}-{entry}"
    name = join(f"{stem}-", ENVIRONMENT, "-", SUFFIX)
    return join(name, f"-{region}") if region else name


def bucket(kind: str, entry: str | None, region: str) -> Text:
    """A bucket's name, unique in the world by account and region."""
    return join(physical(kind, entry), "-", ACCOUNT, f"-{region}")


def longest(text: Text | Part, unknown: str = "") -> str:
    """A text at the longest parameter values; `unknown` stands for what only AWS will know."""
    if isinstance(text, Text):
        return "".join(longest(part, unknown) for part in text.parts)
    if isinstance(text, str):
        return text
    if isinstance(text, If):
        return max((longest(choice, unknown) for choice in (text.then, text.other)), key=len)
    return _LONGEST.get(text.name, unknown) if isinstance(text, Param) else unknown


def arn(service: str, region: str, resource: Text | str) -> Text:
    """The ARN of a resource of the account whose name is known, so that no value need cross stacks."""
    return join("arn:", PARTITION, f":{service}:{region}:", ACCOUNT, ":", resource)
