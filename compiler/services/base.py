"""What a service is: one AWS service as we know it, in one module, with its partials in one folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from compiler.findings.finding import Finding
from compiler.ir.alarms import Alarm
from compiler.ir.elements import Element, Json, Param, Parameter, StackId
from compiler.topology.model import Topology


class Service(Protocol):
    """The functions a service module offers; all pure, from the topology to values."""

    KIND: str
    """Also the folder under partials/ and the name of the test."""

    def declare(self, topology: Topology) -> Iterator[Element]:
        """What will exist: pieces, parameters, conditions and outputs."""

    def alarms(self, topology: Topology) -> Iterator[Alarm]:
        """What is to be watched about it, wherever its metrics appear."""

    def rules(self, topology: Topology) -> Iterator[Finding]:
        """What only this service knows to be wrong with a spec."""


def parameter(stack: StackId, name: str, description: str, **body: Json) -> Parameter:
    """A described parameter; `body` holds its further members as CloudFormation spells them."""
    return Parameter(stack, name, {"Type": "String", "Description": description, **body})


def is_true(name: str) -> Json:
    """A condition's body: the parameter is "true"."""
    return {"Fn::Equals": (Param(name), "true")}


def is_given(name: str) -> Json:
    """A condition's body: the parameter is not empty."""
    return {"Fn::Not": ({"Fn::Equals": (Param(name), "")},)}


def scoped(stack: StackId, entry: str) -> str:
    """An entry name that the global stack does not share with the regional stack of the same region."""
    return entry if stack.kind != "global" else f"{entry}-global"
