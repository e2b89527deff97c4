"""The spec as one frozen value. Sections live beside this module, one file per subject."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from compiler.reading import chain
from compiler.spec.backup import Backup
from compiler.spec.base import AccountId, Model, Name, PathForm
from compiler.spec.compute import Api, Dns, Function
from compiler.spec.data import Bucket, Table
from compiler.spec.iam import Iam
from compiler.spec.objectives import AccountQuotas, Client, Naming, Objectives
from compiler.spec.operations import Acceptance, Alerts, Deployment, Logs, Monitoring
from compiler.spec.regions import Encryption, Network, Region, Role

BasePath = Annotated[
    str, PathForm(chain.PATH, "the path of a YAML file, relative to the one that names it", "base.yaml")
]


def _number(value: object) -> object:
    # `true` and `1.0` equal 1, and a literal asks for no more than that.
    if type(value) in (bool, float):
        raise PydanticCustomError("int_type", "the version is a whole number")
    return value


class Spec(Model):
    """A disaster-recovery topology: what dr-compile turns into CloudFormation templates."""

    version: Annotated[Literal[1], BeforeValidator(_number)] = Field(description="Version of the format of the spec.")
    extends: BasePath | None = Field(
        default=None,
        description="Base that this file extends, relative to this file. What this file says wins over the base.",
    )
    base: bool = Field(
        default=False,
        description="Whether other specs extend this file. A base may be incomplete, and is never compiled by itself.",
    )
    name: Name = Field(description="Name of the system; part of exports and descriptions.")
    account: AccountId | None = Field(
        default=None, description="Id of the account, in quotes. dr-deploy refuses to deploy to another account."
    )
    naming: Naming = Field(description="Environment and suffix of every physical name, and tags.")
    objectives: Objectives = Field(description="What the system must achieve.")
    regions: tuple[Region, ...] = Field(min_length=2, max_length=10, description="Regions in which the system runs.")
    quotas: AccountQuotas = Field(
        default_factory=AccountQuotas, description="Quotas that AWS has granted to the account."
    )
    iam: Iam = Field(default_factory=Iam, description="What every role carries.")
    encryption: Encryption = Field(default_factory=Encryption, description="The encryption key of each region.")
    network: Network = Field(default_factory=Network, description="The network of each serving region.")
    tables: tuple[Table, ...] = Field(default=(), max_length=2000, description="Tables, replicated to every region.")
    buckets: tuple[Bucket, ...] = Field(default=(), max_length=1000, description="Buckets, replicated to every region.")
    backup: Backup | None = Field(
        default=None,
        description="Backups by AWS Backup. Without it, point-in-time recovery of tables and old versions of objects "
        "protect against a bad write, which replication spreads: `--explain objectives` says for how long.",
    )
    functions: tuple[Function, ...] = Field(
        min_length=1,
        max_length=1000,
        description="Functions, the same in both serving regions. About 40 fill a stack; `stack` puts more into "
        "another one.",
    )
    api: Api = Field(description="The API of each serving region.")
    dns: Dns = Field(description="The domain name that clients use.")
    clients: tuple[Client, ...] = Field(
        default=(), max_length=20, description="How clients behave; whoever is not named counts as users at large."
    )
    alerts: Alerts = Field(default_factory=Alerts, description="Who receives alarms.")
    logs: Logs = Field(default_factory=Logs, description="How long logs are kept.")
    monitoring: Monitoring = Field(
        default_factory=Monitoring, description="When alarms are raised, and how the system is watched."
    )
    deployment: Deployment = Field(default_factory=Deployment, description="How a change is deployed.")
    accept: tuple[Acceptance, ...] = Field(
        default=(), max_length=100, description="Findings that are accepted, each with a reason."
    )

    @property
    def primary(self) -> Region:
        return next(r for r in self.regions if r.role is Role.PRIMARY)

    @property
    def secondary(self) -> Region:
        return next(r for r in self.regions if r.role is Role.SECONDARY)
