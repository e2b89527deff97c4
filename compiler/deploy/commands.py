"""The plan as a shell script of AWS CLI commands, for teams that deploy by other means.

It does what a run does, without the reviews: the same change sets in the same order, nothing of a failed first
deployment kept, and a value that is not known yet left as the stack has it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.deploy.plan import Plan, Step
from compiler.names import ENVIRONMENT, SUFFIX

Json = Any

_FUNCTIONS = r"""
# The value of an output: output REGION STACK OUTPUT
output() {
  found=$(aws cloudformation describe-stacks --region "$1" --stack-name "$2" \
    --query "Stacks[0].Outputs[?OutputKey=='$3'].OutputValue | [0]" --output text)
  if [ -z "$found" ] || [ "$found" = None ]; then
    echo "the stack $2 has no output $3 yet" >&2
    return 1
  fi
  echo "$found"
}

# What keeps a parameter as the stack has it, nothing where it has none: kept REGION STACK PARAMETER
kept() {
  found=$(aws cloudformation describe-stacks --region "$1" --stack-name "$2" \
    --query "Stacks[0].Parameters[?ParameterKey=='$3'].ParameterKey | [0]" --output text 2>/dev/null || true)
  if [ "$found" = "$3" ]; then
    echo "ParameterKey=$3,UsePreviousValue=true"
  fi
}

# A bucket for code and templates, where there is none: bucket REGION NAME
bucket() {
  aws s3api head-bucket --bucket "$2" --expected-bucket-owner "$ACCOUNT" >/dev/null 2>&1 && return
  if [ "$1" = us-east-1 ]; then
    aws s3api create-bucket --region "$1" --bucket "$2"
  else
    aws s3api create-bucket --region "$1" --bucket "$2" --create-bucket-configuration "LocationConstraint=$1"
  fi
  aws s3api put-bucket-versioning --region "$1" --bucket "$2" --versioning-configuration Status=Enabled
  aws s3api put-public-access-block --region "$1" --bucket "$2" --public-access-block-configuration \
    BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
}

# A file under a key: upload REGION BUCKET KEY FILE
upload() {
  aws s3api put-object --region "$1" --bucket "$2" --key "$3" --body "$4" --expected-bucket-owner "$ACCOUNT"
}

# One change set, executed: change REGION STACK TEMPLATE-URL CAPABILITIES PARAMETER...
change() {
  region=$1 stack=$2 url=$3 capabilities=$4
  shift 4
  status=$(aws cloudformation describe-stacks --region "$region" --stack-name "$stack" \
    --query 'Stacks[0].StackStatus' --output text 2>/dev/null || echo NONE)
  case $status in
    NONE | REVIEW_IN_PROGRESS) type=CREATE until=stack-create-complete ;;
    *) type=UPDATE until=stack-update-complete ;;
  esac
  name="manual-$(date +%Y%m%d%H%M%S)"
  aws cloudformation create-change-set --region "$region" --stack-name "$stack" --change-set-name "$name" \
    --change-set-type "$type" --template-url "$url" --capabilities "$capabilities" --parameters "$@"
  if aws cloudformation wait change-set-create-complete --region "$region" --stack-name "$stack" \
    --change-set-name "$name"; then
    # Look at it: nothing that holds data may be removed or replaced.
    aws cloudformation describe-change-set --region "$region" --stack-name "$stack" --change-set-name "$name" \
      --query 'Changes[].ResourceChange.[Action,Replacement,ResourceType,LogicalResourceId]' --output text
    aws cloudformation execute-change-set --region "$region" --stack-name "$stack" --change-set-name "$name" \
      --retain-except-on-create
    aws cloudformation wait "$until" --region "$region" --stack-name "$stack"
    aws cloudformation update-termination-protection --region "$region" --stack-name "$stack" \
      --enable-termination-protection
  else
    # Most often because nothing has changed; the reason is printed.
    aws cloudformation describe-change-set --region "$region" --stack-name "$stack" --change-set-name "$name" \
      --query StatusReason --output text
    aws cloudformation delete-change-set --region "$region" --stack-name "$stack" --change-set-name "$name"
  fi
}
"""


def script(plan: Plan, templates: Mapping[str, Mapping[str, Json]], folder: str) -> str:
    """The script; `folder` is where the templates lie as seen from where it is run."""
    lines = [
        "#!/bin/sh",
        f"# Deploys {plan.system} (environment {plan.environment}, suffix {plan.suffix}) with AWS CLI 2, wave by wave.",
        "# The functions' archives come from: dr-deploy SPEC --plan --archives archives",
        "set -eu",
        "ACCOUNT=$(aws sts get-caller-identity --query Account --output text)",
        *([f'[ "$ACCOUNT" = {plan.account} ]'] if plan.account else []),
        *_FUNCTIONS.rstrip("\n").split("\n"),
        "",
        *_buckets(plan, folder),
    ]
    for number, wave in enumerate(plan.waves, 1):
        lines += ("", f"# Wave {number}")
        if number > 1 and number == _certificates(plan):
            lines += _delegate(plan)
        for step in wave:
            lines += _step(plan, step, templates[step.stack].get("Parameters", {}))
    return "\n".join(lines) + "\n"


def _bucket(plan: Plan, region: str) -> str:
    return plan.code_bucket(region, "$ACCOUNT")


def _buckets(plan: Plan, folder: str) -> Iterator[str]:
    yield "# Code and templates"
    for region in plan.regions:
        bucket = _bucket(plan, region)
        yield f'bucket {region} "{bucket}"'
        if region in plan.code_regions:
            for archive in plan.archives:
                file = shlex.quote(f"archives/{archive.key.rpartition('/')[2]}")
                yield f'upload {region} "{bucket}" {shlex.quote(archive.key)} {file}'
        for stack in plan.stacks:
            if stack.region == region:
                file = shlex.quote(f"{folder}/{stack.template}")
                yield f'upload {region} "{bucket}" templates/{stack.template} {file}'


def _certificates(plan: Plan) -> int:
    """The first wave that deploys a serving stack which imports or is given the zone."""
    for number, wave in enumerate(plan.waves, 1):
        for step in wave:
            stack = plan.stack(step.stack)
            known = {stack.wired[name].output for name in step.parameters} | {s.output for s in stack.imports}
            if stack.serves and "HostedZoneId" in known:
                return number
    return 0


def _delegate(plan: Plan) -> Iterator[str]:
    zone = next((stack for stack in plan.stacks if stack.kind == "global"), None)
    if zone is not None:
        yield "# Certificates are asked for from here on: enter these name servers at the parent domain first."
        yield f"output {zone.region} {zone.name} NameServers"


def _step(plan: Plan, step: Step, parameters: Mapping[str, Json]) -> Iterator[str]:
    stack = plan.stack(step.stack)
    for name in step.parameters:
        source = stack.wired[name]
        producer = plan.stack(source.stack)
        yield f"{name}=$(output {producer.region} {producer.name} {source.output})"
    url = f"https://s3.{stack.region}.amazonaws.com/{_bucket(plan, stack.region)}/templates/{stack.template}"
    yield f'change {stack.region} {stack.name} "{url}" {",".join(stack.capabilities)} \\'
    fixed = ((ENVIRONMENT.name, plan.environment), (SUFFIX.name, plan.suffix))
    given = [f"ParameterKey={name},ParameterValue={value}" for name, value in fixed]
    given += (f'"ParameterKey={name},ParameterValue=${name}"' for name in step.parameters)
    # What is empty by default is not known yet, or was set by a person: on a stack that is there it stays as it is.
    given += (
        f"$(kept {stack.region} {stack.name} {name})"
        for name, body in parameters.items()
        if name not in step.parameters and body.get("Default") == ""
    )
    yield from (f"  {item} \\" for item in given[:-1])
    yield f"  {given[-1]}"
