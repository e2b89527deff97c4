"""The registry of diagnostic codes: what each says, why it exists, and where the fact behind it comes from.

Codes never change their meaning. Blocks: DR1xx reading, DR2xx shape, DR3xx topology and objectives, DR4xx
services, DR5xx partials, DR6xx links and limits, DR7xx template checks, DR8xx output and drift, DR9xx our fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the registry.

    `fix` is the remedy for diagnostics that have no closer one; `source` is a document that states the fact,
    where the fact is not ours. `acceptable` says whether the section `accept` may take an error of this rule;
    warnings and notes can always be accepted.
    """

    code: str
    slug: str
    says: str
    why: str
    fix: str
    source: str | None = None
    severity: Severity = Severity.ERROR
    acceptable: bool = False


_YAML = "YAML 1.2.2, https://yaml.org/spec/1.2.2/"
_CFN = "https://docs.aws.amazon.com/AWSCloudFormation/latest/"
_AWS = "https://docs.aws.amazon.com/"


class Code:
    """Every rule, by its code."""

    DR101 = Rule(
        "DR101",
        "unreadable",
        "the spec file cannot be read",
        "Nothing can be compiled without it.",
        "name a readable YAML file, such as `specs/dr-topology.yaml`",
    )
    DR102 = Rule(
        "DR102",
        "encoding",
        "the spec is not UTF-8 text",
        "Other encodings read differently elsewhere.",
        "save the file as UTF-8 without control characters",
        _YAML,
    )
    DR103 = Rule(
        "DR103",
        "syntax",
        "the text is not YAML",
        "The reader could only guess what was meant.",
        "mend the YAML at this place",
        _YAML,
    )
    DR104 = Rule(
        "DR104",
        "tab",
        "a tab is used for indentation",
        "YAML forbids it; editors show it as spaces.",
        "indent with spaces",
        _YAML,
    )
    DR105 = Rule(
        "DR105",
        "duplicate-key",
        "a key occurs twice",
        "Most readers silently keep the last one.",
        "keep one of the two",
        _YAML,
    )
    DR106 = Rule(
        "DR106",
        "empty",
        "the spec is empty",
        "An empty spec would compile to the removal of everything.",
        "begin with `dr-compile --init` or the shipped specs/dr-topology.yaml",
    )
    DR107 = Rule(
        "DR107",
        "several-documents",
        "the file holds more than one document",
        "Only the first would be read.",
        "give each topology a file of its own",
        _YAML,
    )
    DR108 = Rule(
        "DR108",
        "tag",
        "a YAML tag or directive is used",
        "Tags change a value's type behind its text.",
        "write the plain value",
        _YAML,
    )
    DR109 = Rule(
        "DR109",
        "alias",
        "a YAML anchor or alias is used",
        "A reviewer could not see a change where it takes effect.",
        "write the value out where it is needed",
        _YAML,
    )
    DR110 = Rule(
        "DR110",
        "merge-key",
        "a YAML merge key is used",
        "YAML 1.2 dropped it; readers differ.",
        "write the keys out where they are needed",
        _YAML,
    )
    DR111 = Rule(
        "DR111",
        "leading-zero",
        "a number begins with a zero",
        "One reader takes 010 for 8, another for 10; an account id loses its zero.",
        "put it in quotes if it is a text, or leave the zero out",
        _YAML,
    )
    DR112 = Rule(
        "DR112",
        "key",
        "a key is not a plain word",
        "Sections and fields have names.",
        "use one of the field names of docs/spec.md, as a plain word",
        _YAML,
    )
    DR113 = Rule(
        "DR113",
        "depth",
        "the spec is nested too deeply",
        "No section of a spec is that deep.",
        "remove the nesting",
    )
    DR114 = Rule(
        "DR114",
        "number",
        "a number is too large",
        "No quantity of a topology has so many digits.",
        "write the number with the unit its field takes",
    )
    DR115 = Rule(
        "DR115",
        "hidden",
        "the spec holds a character that hides",
        "A reviewer would read something else than the compiler: hidden and direction-changing characters can do that.",
        "remove the character",
        "Trojan Source, https://trojansource.codes/trojan-source.pdf",
    )

    DR201 = Rule(
        "DR201",
        "unknown-key",
        "the spec has a key that means nothing",
        "A misspelt field would otherwise be ignored and its default deployed.",
        "remove it or correct its spelling",
    )
    DR202 = Rule(
        "DR202",
        "missing-key",
        "a required key is missing",
        "There is no sensible default for it.",
        "add it",
    )
    DR203 = Rule(
        "DR203",
        "type",
        "a value has the wrong type",
        "It would be taken for something else.",
        "write a value of the type shown",
    )
    DR204 = Rule(
        "DR204",
        "unit",
        "a quantity lacks its unit or has an unknown one",
        "A bare 15 may be seconds or minutes; 15:00 is 15 hours to one reader and 900 to another.",
        "write the number with its unit",
    )
    DR205 = Rule(
        "DR205",
        "range",
        "a value is outside what is allowed",
        "AWS or the model refuses it.",
        "choose a value that is allowed",
    )
    DR206 = Rule(
        "DR206",
        "form",
        "a text does not have the form its field needs",
        "It becomes part of a name or an address that AWS would refuse.",
        "write it in the form shown",
    )
    DR207 = Rule(
        "DR207",
        "unquoted",
        "a text that YAML may read as something else is not quoted",
        "Numbers, dates, clock times and words like `yes` change on the way, in some readers or in all.",
        "put it in quotes",
        _YAML,
    )
    DR208 = Rule(
        "DR208",
        "version",
        "the spec's version is not one this compiler reads",
        "Fields may mean something else in another version.",
        "write `version: 1`",
    )
    DR209 = Rule(
        "DR209",
        "duplicate-name",
        "two entries share a name",
        "Names become logical ids and physical names, which are unique.",
        "give each entry a name of its own",
    )
    DR210 = Rule(
        "DR210",
        "interpolation",
        "a text holds something that CloudFormation would interpret",
        "`{{resolve:…}}` in any string is replaced by a parameter or a secret at deploy time.",
        "remove the braces",
        _CFN + "UserGuide/dynamic-references.html",
    )
    DR211 = Rule(
        "DR211",
        "reserved",
        "a key is reserved by AWS",
        "The service refuses it or reads it otherwise.",
        "choose another key",
        _AWS + "lambda/latest/dg/configuration-envvars.html",
    )

    DR301 = Rule(
        "DR301",
        "region",
        "a region is not known",
        "Its endpoints, zones and services are unknown.",
        "name a region as AWS writes it, such as `us-west-2`",
        _AWS + "global-infrastructure/latest/regions/aws-regions.html",
    )
    DR302 = Rule(
        "DR302",
        "roles",
        "the regions' roles do not form an active-passive pair",
        "Failover needs exactly one primary and one secondary; others hold data only.",
        "give exactly one region `role: primary`, one `role: secondary`, and any others `role: replica`",
    )
    DR303 = Rule(
        "DR303",
        "same-region",
        "a region is listed twice",
        "A pair in one region fails as one.",
        "choose another region",
    )
    DR304 = Rule(
        "DR304",
        "cidr",
        "an address range cannot be used",
        "A VPC takes /16 to /28, and peered ranges must not overlap.",
        "choose a private range that overlaps no other, such as `10.20.0.0/16`",
        _AWS + "vpc/latest/peering/vpc-peering-basics.html",
    )
    DR305 = Rule(
        "DR305",
        "partition",
        "the regions lie in different AWS partitions",
        "No resource or role of one partition can reach another.",
        "choose regions of one partition",
    )
    DR306 = Rule(
        "DR306",
        "service-region",
        "a region lacks a resource type that it needs",
        "The stack would fail there, on the day the standby is built.",
        "choose another region",
        "Resource types per region as bundled with cfn-lint",
    )
    DR307 = Rule(
        "DR307",
        "reference",
        "a name refers to nothing in the spec",
        "The entry it names does not exist.",
        "name an entry that the spec has",
    )

    DR341 = Rule(
        "DR341",
        "acceptance-unused",
        "an entry of `accept` accepts nothing",
        "What it was for is gone or misspelt; it would silently take the next finding of that name.",
        "remove the entry, or correct its `finding` and `at`",
        severity=Severity.WARNING,
    )
    DR342 = Rule(
        "DR342",
        "acceptance-refused",
        "an entry of `accept` names an error that cannot be accepted",
        "What AWS refuses, or what would not work, stays so whoever agrees to it.",
        "mend what the finding says and remove the entry",
    )
    DR343 = Rule(
        "DR343",
        "acceptance-expired",
        "an acceptance has expired",
        "It was agreed to for a time; that time is over, and somebody has to decide again.",
        "mend what was accepted and remove the entry, or agree on a later day",
    )
    DR344 = Rule(
        "DR344",
        "acceptance-ambiguous",
        "an entry of `accept` fits several findings",
        "One finding is accepted at a time; a whole kind would hide those that come later.",
        "name the finding by its id, or say where with `at`",
    )

    DR311 = Rule(
        "DR311",
        "quota",
        "a quota of the account does not carry the throughput",
        "Requests would be refused at peak, or on the day the standby takes over; quotas are raised per region and "
        "in advance.",
        "raise the quota and write under `quotas` what was granted",
        _AWS + "servicequotas/latest/userguide/request-quota-increase.html",
    )
    DR312 = Rule(
        "DR312",
        "request-rate",
        "a rate exceeds what AWS serves and no quota raises",
        "Requests above it are refused, replication's own included.",
        "spread the keys over more prefixes, or write fewer objects per transaction",
        _AWS + "AmazonS3/latest/userguide/replication-time-control.html",
    )
    DR313 = Rule(
        "DR313",
        "replication-rate",
        "replication would move more than its time promise covers",
        "Above the transfer rate the 15 minutes of Replication Time Control are not promised.",
        "write fewer or smaller objects, or accept it with a reason",
        _AWS + "AmazonS3/latest/userguide/replication-time-control.html",
        acceptable=True,
    )
    DR321 = Rule(
        "DR321",
        "rto",
        "the recovery time objective cannot be kept",
        "The worst case of the steps from the loss of a region to answers from the other exceeds it.",
        "check more often, or raise `rto`",
        _AWS + "Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html",
    )
    DR322 = Rule(
        "DR322",
        "latency",
        "the latency objective cannot be kept",
        "The worst case of the steps of one transaction exceeds it.",
        "shorten the function or raise `latency`",
    )
    DR323 = Rule(
        "DR323",
        "rpo",
        "the recovery point objective cannot be kept",
        "A store may lose more than is allowed.",
        "raise `rpo` or choose another way to replicate",
        _AWS + "amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
    )
    DR324 = Rule(
        "DR324",
        "rpo-zero",
        "losing nothing needs strong consistency between regions, whose conditions are not met",
        "Global tables replicate after a write is answered, except in three regions of one set.",
        "meet the conditions, or raise `rpo`",
        _AWS + "amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
    )
    DR325 = Rule(
        "DR325",
        "rpo-watched",
        "the recovery point of a store is watched, not promised",
        "S3 promises replication within 15 minutes and no less; somebody has to know and accept that.",
        "write to both regions, or accept the finding with a reason",
        _AWS + "AmazonS3/latest/userguide/replication-time-control.html",
        acceptable=True,
    )

    DR401 = Rule(
        "DR401",
        "name-length",
        "a physical name would be too long for AWS",
        "Names carry environment, suffix and region; the longest allowed values must still fit.",
        "shorten the entry's name",
    )
    DR402 = Rule(
        "DR402",
        "bucket-name",
        "a bucket name breaks the naming rules",
        "S3 refuses the bucket.",
        "choose another name for the bucket",
        _AWS + "AmazonS3/latest/userguide/bucketnamingrules.html",
    )
    DR403 = Rule(
        "DR403",
        "runtime",
        "a function's runtime is not offered any more or not known",
        "Lambda refuses to create it.",
        "choose a runtime that AWS supports, such as `python3.13`",
        _AWS + "lambda/latest/dg/lambda-runtimes.html",
    )
    DR404 = Rule(
        "DR404",
        "source",
        "a function's code cannot be packed",
        "Both regions run the archive of this folder.",
        "name a folder, relative to the spec, that holds the handler",
    )
    DR405 = Rule(
        "DR405",
        "route",
        "two routes are the same",
        "API Gateway refuses the second.",
        "remove one of them",
    )
    DR406 = Rule(
        "DR406",
        "timeout",
        "a function may run longer than its API waits",
        "The client is told of a failure while the function goes on writing, and tries again.",
        "lower the timeout",
        _AWS + "apigateway/latest/developerguide/http-api-quotas.html",
    )
    DR407 = Rule(
        "DR407",
        "index",
        "a table's keys or indexes cannot be created",
        "DynamoDB refuses the table.",
        "change the keys or indexes as described",
        _AWS + "amazondynamodb/latest/developerguide/ServiceQuotas.html",
    )
    DR408 = Rule(
        "DR408",
        "retention",
        "a log retention is not one that CloudWatch Logs offers",
        "Only a fixed list of days is accepted.",
        "choose a number of days from the list",
        _AWS + "AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    )
    DR409 = Rule(
        "DR409",
        "health-route",
        "the health path is claimed by a route of the API",
        "Route 53 calls it without credentials; behind an authorizer it would always look dead.",
        "choose another path for the route or for `api.health`",
        _AWS + "Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html",
    )
    DR410 = Rule(
        "DR410",
        "acceleration",
        "Transfer Acceleration is not offered in a bucket's region",
        "S3 refuses the setting there.",
        "set `acceleration: false` on the bucket, or choose another region",
        _AWS + "AmazonS3/latest/userguide/transfer-acceleration.html",
    )
    DR411 = Rule(
        "DR411",
        "environment-size",
        "a function's environment variables are too large",
        "Lambda allows 4 KB for all of them together.",
        "move configuration out of the environment",
        _AWS + "lambda/latest/dg/gettingstarted-limits.html",
    )
    DR412 = Rule(
        "DR412",
        "subnets",
        "an address range is too small for its subnets",
        "A subnet has at least 16 addresses.",
        "choose a larger range or fewer zones",
        _AWS + "vpc/latest/userguide/subnet-sizing.html",
    )
    DR413 = Rule(
        "DR413",
        "certificate-name",
        "a host name is too long for a certificate",
        "The first name of a certificate has at most 64 characters.",
        "choose a shorter domain",
        _AWS + "acm/latest/userguide/acm-certificate-characteristics.html",
    )
    DR414 = Rule(
        "DR414",
        "no-route",
        "the API has nothing to serve",
        "A DR topology moves an API's traffic; without a function there is no health answer.",
        "add a function and a route that calls it",
    )

    DR501 = Rule(
        "DR501",
        "partial-json",
        "a partial does not render to JSON",
        "Its output is a template fragment.",
        "mend the partial at this line",
    )
    DR502 = Rule(
        "DR502",
        "duplicate-id",
        "a logical id or key occurs twice",
        "JSON readers silently keep the last one.",
        "give each its own id",
    )
    DR503 = Rule(
        "DR503",
        "partial-view",
        "a partial and its view do not agree",
        "A partial's interface is exactly the fields of its view.",
        "use exactly the fields of the view that the partial is given",
    )
    DR504 = Rule(
        "DR504",
        "partial-construct",
        "a partial uses a construct that is not allowed",
        "Python decides, a partial lays out: no arithmetic, filters, assignments or macros.",
        "compute the value in the service module and pass it in the view",
    )
    DR505 = Rule(
        "DR505",
        "partial-shape",
        "a partial's output is not a template fragment",
        "schema/partial.schema.json says what a fragment may hold.",
        "return an object with `Resources`, each with `Type` and `Properties`",
    )
    DR506 = Rule(
        "DR506",
        "partial-syntax",
        "a partial is not a Jinja template",
        "It cannot be rendered.",
        "mend the template at this line",
    )
    DR507 = Rule(
        "DR507",
        "partial-folder",
        "the folder of partials cannot be used",
        "`--partials` names a folder with one sub-folder per service.",
        "name an existing folder",
    )
    DR508 = Rule(
        "DR508",
        "partial-resource",
        "an overlay partial leaves out a resource that others refer to",
        "References to it would fail at deploy time.",
        "keep the resource under the id it is given",
    )
    DR509 = Rule(
        "DR509",
        "partial-quotes",
        "a value is written inside quotes",
        "Values are written as whole JSON values, so that no text can break out.",
        "leave the quotes out: the value brings its own",
    )

    DR601 = Rule(
        "DR601",
        "wiring-cycle",
        "a wiring between stacks can never become complete",
        "Each waits for a value that the other only has afterwards.",
        "let one of the two do without the value (a gate around the property)",
    )
    DR602 = Rule(
        "DR602",
        "dangling",
        "a template refers to something that no template defines",
        "CloudFormation refuses the template.",
        "refer to a resource, parameter or condition that the stack has",
    )
    DR603 = Rule(
        "DR603",
        "limit",
        "a template exceeds a limit of CloudFormation",
        "CloudFormation refuses it.",
        "split the topology, or drop what is not needed",
        _CFN + "UserGuide/cloudformation-limits.html",
    )

    DR701 = Rule(
        "DR701",
        "cfn-lint-error",
        "cfn-lint finds an error in a template",
        "The stack would fail.",
        "mend the spec entry or the partial that asked for the resource",
        "https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md",
    )
    DR702 = Rule(
        "DR702",
        "cfn-lint-warning",
        "cfn-lint finds something doubtful in a template",
        "It deploys, but probably not as meant.",
        "mend the spec entry or the partial that asked for the resource",
        "https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md",
        Severity.WARNING,
    )

    DR801 = Rule(
        "DR801",
        "stale",
        "a committed file is not what the spec compiles to",
        "What is reviewed and deployed would differ from what the spec says.",
        "run `dr-compile` on the spec and commit what it writes",
    )
    DR802 = Rule(
        "DR802",
        "missing",
        "a file that the spec compiles to is not there",
        "A stack would be left out.",
        "run `dr-compile` on the spec and commit what it writes",
    )
    DR803 = Rule(
        "DR803",
        "orphan",
        "a file lies in the output folder that the spec does not produce",
        "Somebody could deploy a stack that no spec describes.",
        "remove it: the folder's contents belong to the compiler",
    )
    DR804 = Rule(
        "DR804",
        "unwritable",
        "the output cannot be written",
        "Nothing was changed.",
        "check the folder's owner, permissions and free space",
    )

    DR901 = Rule(
        "DR901",
        "internal",
        "the compiler has a fault",
        "Please report it with the spec that shows it.",
        "report it, with this output and the spec",
    )


RULES: dict[str, Rule] = {name: rule for name, rule in vars(Code).items() if isinstance(rule, Rule)}
