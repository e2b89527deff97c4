"""docs/requirements.md and docs/validators.md: what was asked for, and what independent tools say of the result."""

from __future__ import annotations

import re
from itertools import groupby

from tests.generated.goldens import ROOT
from tests.native import EXPLAINED
from tests.requirements_table import ROWS, Row

HEAD = """\
# Requirements

Every line of what was asked for, word for word: where the compiled templates meet it, and how that is checked.
`tests/test_requirements.py` asserts each line on the committed templates and on a fresh compile, and shows that
the assertion fails on templates spoilt on purpose. Stacks are named by their kind: *global* is
`global.us-east-1.json`, *primary* `primary.us-east-1.json`, *secondary* `secondary.us-west-2.json`, all in
`templates/dr-topology/`.
"""

NOTES = """
## Where an auditor would ask

- **Transfer Acceleration and replication.** Acceleration is enabled because it was asked for. It serves clients'
  uploads through the `s3-accelerate` endpoint; replication between regions does not use it, and S3 offers no
  setting that would make it. What holds replication to its time is Replication Time Control: 99.9 % of objects
  within 15 minutes, with alarms at the recovery point.
- **Five minutes for documents.** S3 promises 15 minutes and no less, so for replicated buckets five minutes are
  watched, not promised; the shipped spec accepts that with its reason. `write: dual-write` on a bucket makes the
  function write both regions before it answers, which proves it.
- **The bucket for S3's access logs** is encrypted with S3's own keys: S3 delivers no access log into a bucket
  under a KMS key. It holds no data of the system.
- **`alias/transaction-encryption`** was asked for letter by letter in both regions and so carries no suffix. Its
  twin `alias/transaction-encryption-<environment>-<suffix>` does, and the parameter `createSharedAlias` leaves
  the bare one to another environment in the same account.
- **Names that AWS or the domain gives** (keys, the hosted zone, domain names, the API's `$default` stage) carry
  environment and suffix in their tags. DNS records, routes, policies and the like have neither name nor tags.
"""

VALIDATORS = """\
# What independent tools say

## cfn-lint {lint}

Nothing: no error, no warning, and with `--include-checks I` nothing informational, for each template in its own
region. `tests/test_lint_clean.py` runs it on the shipped templates and on a choice of the specs in `tests/specs`
that covers every service and every way stacks are connected.

## cloudformation-validate {native}

AWS's own native validator, which shares no code with cfn-lint. `tests/test_native_validator.py` runs it on every
template of every spec in `tests/specs`. What it says, all of it:

| rule | it says | why that is right as it is |
|---|---|---|
{explained}

Any other finding fails the test, and so does one of these where its reason does not hold: `W1030` of a resource
without a gate, say.

## What neither can see

Both look at one template at a time and know nothing of regions. References between stacks, their order, names
across regions, quotas, and what AWS accepts but never delivers are held to by the compiler's own rules
(`docs/traps.md`), by its symbolic run of the waves, and by `tests/property`, which carries any legal spec through
its waves with an evaluation of its own.

## Versions of Python

The same bytes on each. `tests/property/test_determinism.py` compiles in processes with other hash seeds, locales,
time zones and working directories, and with every other interpreter from 3.11 on that it finds with the
compiler's libraries. By hand the shipped spec and two of the odd ones were compiled with 3.11.7, 3.12.1 and
3.13.0 (2026-11-22): no byte differs.
"""


def _requirements() -> str:
    lines: list[str] = [HEAD]
    for section, rows in groupby(ROWS, key=lambda row: row.section):
        lines += [f"## {section}", "", "| requirement | where | how it is checked |", "|---|---|---|"]
        lines += [*(_line(row) for row in rows), ""]
    return "\n".join(lines).rstrip("\n") + "\n" + NOTES


def _line(row: Row) -> str:
    cells = (row.text, row.where, row.how)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _version(package: str) -> str:
    found = re.search(rf"(?mi)^{re.escape(package)}==(\S+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"))
    return found[1] if found else "as installed"


def _validators() -> str:
    explained = "\n".join(f"| `{entry.rule}` | {entry.says} | {entry.why} |" for entry in EXPLAINED)
    return VALIDATORS.format(lint=_version("cfn-lint"), native=_version("cloudformation-validate"), explained=explained)


def files() -> dict[str, bytes]:
    return {
        "docs/requirements.md": _requirements().encode(),
        "docs/validators.md": _validators().encode(),
    }
