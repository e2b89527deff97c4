"""Values of options, held against what the templates and AWS take. Reports DR870.

CloudFormation would refuse a wrong value itself, but stack by stack, and so perhaps in the middle of a deployment.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from compiler.deploy.options import Options
from compiler.deploy.session import CODE_BUCKET
from compiler.ir.names import ENVIRONMENT, SUFFIX
from compiler.rollout.deployment import Deployment
from compiler.spec.base import Form, TagKey, TagValue

Json = Any


def refused(options: Options, deployment: Deployment) -> Iterator[str]:
    """What AWS would refuse, one message for each value."""
    declared = {
        name: body for stack in deployment.stacks for name, body in stack.section("Parameters").items()
    }  # fmt: skip
    given = [("--environment", ENVIRONMENT.name, options.environment), ("--suffix", SUFFIX.name, options.suffix)]
    given += [("--code-bucket", CODE_BUCKET, name) for name in options.code_buckets.values()]
    given += [("--parameter", name, value) for name, value in options.parameters.items()]
    for option, name, value in given:
        if value is not None and (fault := _fault(declared.get(name, {}), value)):
            yield f"{option}: `{_shown(value)}` is not a value of the parameter {name}: it {fault}"
    for key, value in options.tags.items():
        for form, text in ((_form(TagKey), key), (_form(TagValue), value)):
            if not re.fullmatch(form.pattern, text):
                yield f"--tags: `{_shown(text)}` is not allowed: it must be {form.says}"


def _form(annotated: object) -> Form:
    return next(item for item in get_args(annotated) if isinstance(item, Form))


def _fault(declared: Mapping[str, Json], value: str) -> str:
    """What a template's declaration of a parameter does not allow; empty if it allows the value.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html (read 2026-11-26)
    """
    says = str(declared.get("ConstraintDescription", ""))
    allowed = [str(item) for item in declared.get("AllowedValues", ())]
    if allowed and value not in allowed:
        return says or f"must be one of {', '.join(allowed)}"
    pattern = declared.get("AllowedPattern")
    # `$` of Python also matches before a line break at the end.
    if pattern and not re.fullmatch(f"(?:{pattern})", value):
        return says or f"must match {pattern}"
    if declared.get("Type") == "Number":
        return _number_fault(declared, value)
    shortest, longest = declared.get("MinLength"), declared.get("MaxLength")
    if shortest is not None and len(value) < int(shortest):
        return says or f"must have at least {shortest} characters"
    if longest is not None and len(value) > int(longest):
        return says or f"must have at most {longest} characters"
    return ""


def _number_fault(declared: Mapping[str, Json], value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        return "must be a number"
    least, most = declared.get("MinValue"), declared.get("MaxValue")
    if least is not None and number < float(least):
        return f"must be at least {least}"
    if most is not None and number > float(most):
        return f"must be at most {most}"
    return ""


def _shown(value: str) -> str:
    """A value on one line, cut where it is long."""
    text = value.encode("unicode_escape").decode("ascii")
    return text if len(text) <= 60 else text[:59] + "…"
