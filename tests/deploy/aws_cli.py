"""A stand-in for the AWS CLI: `aws SERVICE OPERATION --option value` as calls of the SDK.

    with open_cli(endpoint_url, environ) as cli:
        subprocess.run(script, env={..., "PATH": f"{cli.folder}:..."})

Options are those of the service's model, in the CLI's spelling, and nothing else is taken: a misspelt option, a value
that the model does not know or a missing one ends it as it ends the CLI. The executable hands its arguments to this
process, whose clients are warm; a process that imports an SDK for every command of a script would take minutes.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html and cli-usage-shorthand.html
(read 2026-11-22)
"""

from __future__ import annotations

import argparse
import json
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import jmespath
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError, WaiterError

Json = Any
_SERVICES = {"s3api": "s3", "sts": "sts", "cloudformation": "cloudformation"}
_FAILED_WAIT, _WRONG, _REFUSED = 255, 252, 254
_EXECUTABLE = """\
#!/usr/bin/env bash
exec 3<>/dev/tcp/127.0.0.1/{port}
printf '%s\\0' "$PWD" "$#" "$@" >&3
IFS= read -r -d '' code <&3
IFS= read -r -d '' out <&3
IFS= read -r -d '' err <&3
printf '%s' "$out"
printf '%s' "$err" >&2
exit "$code"
"""


class Wrong(Exception):  # noqa: N818
    """A command line that the CLI does not take."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise Wrong(message)


@dataclass
class Cli:
    """Where the executable lies, and what it was called with."""

    folder: Path
    endpoint_url: str
    calls: list[list[str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """Command lines that the CLI would not have taken, with what is wrong."""
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, folder: str, arguments: list[str]) -> tuple[int, str, str]:
        """Exit code, output and errors of one command."""
        with self._lock:
            self.calls.append(arguments)
            try:
                return 0, self._carried_out(Path(folder), arguments), ""
            except (Wrong, ParamValidationError) as error:
                self.faults.append(f"{' '.join(arguments)}: {error}")
                return _WRONG, "", f"\naws: error: {error}\n"
            except WaiterError as error:
                return _FAILED_WAIT, "", f"\n{error}\n"
            except ClientError as error:
                return _REFUSED, "", f"\n{error}\n"

    def _carried_out(self, folder: Path, arguments: list[str]) -> str:
        if len(arguments) < 2 or arguments[0] not in _SERVICES:
            raise Wrong(f"argument command: Invalid choice {arguments[:2]}")
        service, name, *rest = arguments
        waiter = ""
        if name == "wait":
            if not rest:
                raise Wrong("the following arguments are required: waiter")
            waiter, *rest = rest
        region = _region(rest)
        client = self._client(_SERVICES[service], region)
        model = client.meta.service_model
        if waiter:
            known = {xform_name(each, "-"): each for each in client.waiter_names}
            if waiter.replace("-", "_") not in client.waiter_names:
                raise Wrong(f"argument subcommand: Invalid choice: {waiter}; there are {sorted(known)}")
            waits = client.get_waiter(waiter.replace("-", "_"))
            operation = model.operation_model(waits.config.operation)
        else:
            names = {xform_name(each, "-"): each for each in model.operation_names}
            if name not in names:
                raise Wrong(f"argument operation: Invalid choice: {name}")
            operation = model.operation_model(names[name])
        options = _parser(operation).parse_args(rest)
        given = {
            member: _value(shape, getattr(options, member), folder)
            for member, shape in _members(operation).items()
            if getattr(options, member) is not None
        }
        if waiter:
            waits.wait(**given, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})
            return ""
        method = xform_name(operation.name)
        if client.can_paginate(method):
            pages = list(client.get_paginator(method).paginate(**given))
        else:
            pages = [getattr(client, method)(**given)]
        return _output(pages, options)

    def _client(self, service: str, region: str) -> Any:
        if (service, region) not in self._clients:
            self._clients[service, region] = boto3.client(
                service,
                region_name=region,
                endpoint_url=self.endpoint_url,
                aws_access_key_id="emulated",
                aws_secret_access_key="emulated-secret",
                config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
            )
        return self._clients[service, region]


def _region(arguments: list[str]) -> str:
    # Scripts are to name the region each time: a default would be that of whoever runs them.
    if arguments.count("--region") != 1 or arguments[-1] == "--region":
        raise Wrong("You must specify a region")
    return arguments[arguments.index("--region") + 1]


def _members(operation: Any) -> dict[str, Any]:
    return dict(operation.input_shape.members) if operation.input_shape else {}


def _parser(operation: Any) -> argparse.ArgumentParser:
    parser = _Parser(prog="aws", allow_abbrev=False, add_help=False)
    parser.add_argument("--region", required=True)
    parser.add_argument("--query")
    parser.add_argument("--output", choices=("json", "text"), default="json")
    required = operation.input_shape.required_members if operation.input_shape else ()
    for member, shape in _members(operation).items():
        option = f"--{xform_name(member, '-')}"
        if shape.type_name == "boolean":
            group = parser.add_mutually_exclusive_group(required=member in required)
            group.add_argument(option, dest=member, action="store_const", const=True)
            group.add_argument(f"--no-{option[2:]}", dest=member, action="store_const", const=False)
        else:
            many = {"nargs": "+"} if shape.type_name == "list" else {}
            parser.add_argument(option, dest=member, required=member in required, **many)
    return parser


def _value(shape: Any, given: Json, folder: Path) -> Json:
    """What an option comes to, by its shape."""
    match shape.type_name:
        case "boolean":
            return given if isinstance(given, bool) else _truth(given)
        case "integer" | "long":
            return int(given)
        case "blob":
            return (folder / given).read_bytes()
        case "list":
            return [_value(shape.member, each, folder) for each in given]
        case "structure" if given.lstrip().startswith("{"):
            return json.loads(given)
        case "structure":
            return {name: _value(shape.members[name], text, folder) for name, text in _shorthand(shape, given).items()}
    enum = getattr(shape, "enum", None)
    if enum and given not in enum:
        raise Wrong(f"{given} is none of {', '.join(enum)}")
    return given


def _truth(given: str) -> bool:
    if given not in ("true", "false"):
        raise Wrong(f"{given} is neither true nor false")
    return given == "true"


def _shorthand(shape: Any, text: str) -> dict[str, str]:
    """`Name=value,Other="quoted, value"`; what lies deeper is not understood here."""
    found: dict[str, str] = {}
    rest = text
    while True:
        name, equals, rest = rest.partition("=")
        if not equals or name not in shape.members or name in found:
            raise Wrong(f"Error parsing parameter: `{name}` of `{text}`; known are {', '.join(shape.members)}")
        if rest.startswith(('"', "'")):
            quote, value, at = rest[0], "", 1
            while at < len(rest) and rest[at] != quote:
                at += rest[at] == "\\"
                value += rest[at : at + 1]
                at += 1
            if at >= len(rest):
                raise Wrong(f"Error parsing parameter: `{text}` lacks a quotation mark")
            rest = rest[at + 1 :]
        else:
            end = rest.find(",") if "," in rest else len(rest)
            value, rest = rest[:end], rest[end:]
        found[name] = value
        if not rest:
            return found
        if not rest.startswith(","):
            raise Wrong(f"Error parsing parameter: expected `,` in `{text}`, received `{rest[0]}`")
        rest = rest[1:]


def _output(pages: list[dict[str, Json]], options: argparse.Namespace) -> str:
    """As text each page by itself, as the CLI does it."""
    for page in pages:
        page.pop("ResponseMetadata", None)
    if options.output == "json":
        merged = {key: value for page in pages for key, value in page.items()}
        value = jmespath.search(options.query, merged) if options.query else merged
        return f"{json.dumps(value, indent=4, default=str)}\n" if value else ""
    return "".join(_text(jmespath.search(options.query, page) if options.query else page) for page in pages)


def _text(value: Json) -> str:
    if isinstance(value, list):
        if any(isinstance(item, list) for item in value):
            return "".join(_text(item) for item in value)
        return "\t".join(_scalar(item) for item in value) + "\n" if value else ""
    return _scalar(value) + "\n"


def _scalar(value: Json) -> str:
    if isinstance(value, dict | list):
        raise Wrong("text output of what is nested: give it a query")
    return str(value)


@contextmanager
def open_cli(endpoint_url: str) -> Iterator[Cli]:
    """An executable `aws` in a folder of its own, in front of an emulator."""
    with tempfile.TemporaryDirectory(prefix="aws-cli-") as name:
        cli = Cli(Path(name), endpoint_url)

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                folder, count = self._word(), int(self._word())
                answer = cli.run(folder, [self._word() for _ in range(count)])
                self.wfile.write(b"".join(f"{part}\0".encode() for part in answer))

            def _word(self) -> str:
                found = bytearray()
                while (letter := self.rfile.read(1)) != b"\0":
                    if not letter:
                        raise EOFError("the executable went away")
                    found += letter
                return found.decode()

        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            executable = cli.folder / "aws"
            executable.write_text(_EXECUTABLE.format(port=server.server_address[1]))
            executable.chmod(0o700)
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            yield cli
            server.shutdown()
