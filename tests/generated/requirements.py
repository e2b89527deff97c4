"""docs/requirements.md and docs/validators.md: what was asked for, and what independent tools say of the result."""

from __future__ import annotations

import re
from itertools import groupby

from tests.generated.goldens import ROOT
from tests.native import EXPLAINED
from tests.requirements_table import ROWS, Row

HEAD = """\
# Requirements

This page has every line of what was asked for, word for word. It says where the compiled templates meet the line, and
how that is checked. `tests/test_requirements.py` checks each line on the committed templates and on a fresh compile. It
also shows that the check fails on templates that were broken on purpose. The page calls a stack by its kind: *global*
is `global.us-east-1.json`, *primary* `primary.us-east-1.json`, *secondary* `secondary.us-west-2.json`, all in
`templates/dr-topology/`.
"""

NOTES = """
## Questions of an auditor

- **Transfer Acceleration and replication.** Acceleration is on because it was asked for. It serves the uploads of
  clients through the `s3-accelerate` endpoint. Replication between regions does not use it, and S3 has no setting to
  make it do so. Replication Time Control is what keeps replication on time: 99.9 % of objects within 15 minutes, with
  alarms at the recovery point.
- **15 minutes for whom.** No recovery time holds for every client: some keep an old address for as long as they like.
  The shipped spec means 97 % of clients, which published measurements support; `rto: {within: 15m, share: 95%}` names
  another share. [docs/objectives.md](objectives.md) explains shares.
- **Five minutes for tables and documents.** AWS limits the replication of tables by nothing: when us-east-1 failed on
  2025-10-20, it lagged for 164 minutes. For buckets it promises a credit for 99.9 % of a month's objects within 15
  minutes. So five minutes are watched by alarms that ring before them, and not promised. The shipped spec accepts that
  and gives its reason. `rpo: 0s` (three regions) and `write: dual-write` lose nothing by construction.
- **Who may call.** Each route of the shipped spec needs a token of the issuer in `api.authorizers`, with a scope. A
  token names no region, so it is valid in both. The function binds a booking to the caller, who alone reads it. It
  logs the client and nothing else of the token. Health checks need no token.
- **The bucket for S3's access logs** is encrypted with S3's own keys. S3 does not deliver access logs to a bucket under
  a KMS key. The bucket holds no data of the system.
- **The code bucket** of each region is encrypted with S3's own keys unless you set another encryption. `dr-deploy`
  makes it outside the stacks. It holds archives of code and templates, no data and no secret. The region's key cannot
  encrypt it before it exists, and must not do so later: a template repairs a key whose policy is wrong, and
  CloudFormation reads the template from this bucket. Name a bucket under a key of another system with `--code-bucket`,
  or change the encryption of the bucket: `dr-deploy` leaves a setting that it finds.
- **`alias/transaction-encryption`** was asked for in both regions, letter by letter, so it has no suffix. A second
  alias, `alias/transaction-encryption-<environment>-<suffix>`, has one. The parameter `createSharedAlias` leaves the
  alias without a suffix to another environment in the same account.
- **Names that AWS or the domain gives** (keys, the hosted zone, domain names, the API's `$default` stage) have the
  environment and the suffix in their tags. DNS records, routes, policies and the like have neither a name nor tags.
"""

VALIDATORS = """\
# What independent tools say

## cfn-lint {lint}

It reports nothing: no error, no warning, and with `--include-checks I` nothing informational, for each template in its
own region. `tests/test_lint_clean.py` runs it on the shipped templates and on a choice of the specs in `tests/specs`.
The choice covers every service and every way in which stacks are connected.

## cloudformation-validate {native}

This is AWS's own native validator. It shares no code with cfn-lint. `tests/test_native_validator.py` runs it on every
template of every spec in `tests/specs`. This is all that it reports:

| rule | it says | why the template is right |
|---|---|---|
{explained}

Any other finding fails the test. One of these fails it too if its reason does not hold, for example `W1030` for a
resource without a gate.

## What neither can see

Both tools look at one template at a time and know nothing of other regions. They do not see references between stacks,
the order of stacks, names across regions, quotas, and what AWS accepts but never delivers. The compiler's own rules
(`docs/traps.md`) and its simulation of the waves check these. `tests/property` checks them again for generated specs,
with an evaluation of its own.

## Versions of Python

The templates have the same bytes on each version. `tests/property/test_determinism.py` compiles in processes with other
hash seeds, locales, time zones and working directories. It also uses every other interpreter from 3.11 on that it finds
with the compiler's libraries. By hand we compiled the shipped spec and two odd ones with 3.11.7, 3.12.1 and 3.13.0
(2026-11-22): no byte differs.
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
