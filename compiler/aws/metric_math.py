"""What an alarm does at one moment, with and without data: the part of CloudWatch's metric math that alarms here use.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html (read 2026-11-26)
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from functools import cache

Value = float | None
"""One point of a time series; None where it has no data."""

_OPERATORS: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda a, b: a / b if b else 0.0,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


class UnknownMathError(Exception):
    """An expression uses what this module does not know."""


def evaluate(expression: str, values: Mapping[str, Value]) -> Value:
    """The value of an expression, with those of its metrics by their ids; raises `UnknownMathError`."""
    return _value(_parsed(expression), values)


@cache
def _parsed(expression: str) -> ast.expr:
    # The alarms of all tables have the same few expressions.
    for old, new in ((r"&&|\bAND\b", " and "), (r"\|\||\bOR\b", " or ")):
        expression = re.sub(old, new, expression)
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except SyntaxError:
        raise UnknownMathError(expression) from None


def breaches(comparison: str, value: float, threshold: float) -> bool:
    """Whether a value is on the wrong side of a threshold; raises `UnknownMathError`."""
    if comparison not in _COMPARISONS:
        raise UnknownMathError(comparison)
    return _COMPARISONS[comparison](value, threshold)


def _value(node: ast.AST, values: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _both(type(op), _value(left, values), _value(right, values))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
            return _both(type(op), _value(left, values), _value(right, values))
        case ast.BoolOp(op=op, values=parts):
            found = [_value(part, values) for part in parts]
            if None in found:
                return None
            return float(all(found) if isinstance(op, ast.And) else any(found))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, arguments, values)
    raise UnknownMathError(ast.unparse(node))


def _both(op: type[ast.AST], left: Value, right: Value) -> Value:
    return None if left is None or right is None else float(_OPERATORS[op](left, right))


def _call(name: str, arguments: list[ast.expr], values: Mapping[str, Value]) -> Value:
    if name == "FILL" and len(arguments) == 2:
        found = _value(arguments[0], values)
        if found is not None:
            return found
        # REPEAT takes the last point, LINEAR the two around the gap: after a long silence there is none.
        names = isinstance(arguments[1], ast.Name) and arguments[1].id in ("REPEAT", "LINEAR")
        return None if names else _value(arguments[1], values)
    if name == "IF" and len(arguments) in (2, 3):
        chosen = _value(arguments[0], values)
        if chosen is None:
            return None
        if chosen:
            return _value(arguments[1], values)
        return _value(arguments[2], values) if len(arguments) == 3 else None
    raise UnknownMathError(name)
