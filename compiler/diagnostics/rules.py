"""The registry of diagnostic codes: what each says, why it exists, and where the fact behind it comes from.

Codes never change their meaning. Blocks: DR1xx reading, DR2xx shape, DR3xx topology and objectives, DR4xx
services, DR5xx partials, DR6xx links and limits, DR7xx template checks, DR8xx output, drift and deployment, DR9xx
our fault.
"""

from __future__ import annotations

from enum import StrEnum

from compiler.support.frozen import frozen


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@frozen
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
        "a text that looks like a number is not quoted",
        "YAML turns it into a number and may change it.",
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
    DR212 = Rule(
        "DR212",
        "ambiguous",
        "a text without quotes is something else to other readers of YAML",
        "`yes`, `12:30` and `2026-01-31` are texts to YAML 1.2, and a truth value, a number and a date to YAML 1.1.",
        "put it in quotes",
        "Types of YAML 1.1, https://yaml.org/type/",
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

    DR326 = Rule(
        "DR326",
        "signature-region",
        "clients sign requests for one region, and the other refuses them",
        "A signature names its region. After a failover API Gateway answers 403 to every client that goes on signing "
        "for the primary; HTTP APIs are reported not to take the kind of signature that holds in several regions.",
        "let clients sign for the region that answers, which GET on the health path tells, and accept the finding",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html",
        Severity.WARNING,
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

    DR415 = Rule(
        "DR415",
        "zones",
        "a region has fewer availability zones than it is to use",
        "CloudFormation picks zones by their number, and fails at the first that is not there.",
        "ask for no more zones than the region has",
        "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html",
    )
    DR416 = Rule(
        "DR416",
        "handler",
        "a function's code has no file that its handler names",
        "Lambda takes the archive as it is, and every run fails: there is nothing to load.",
        "name a file of the folder without its ending, a dot, and the function in it",
        _AWS + "lambda/latest/dg/python-handler.html",
        Severity.WARNING,
    )

    DR420 = Rule(
        "DR420",
        "table-replicas",
        "a global table's replicas are not those of the topology",
        "Without its own region the table is refused; a region without a replica has no data on the day it takes over.",
        "give the table one replica in each region of the topology, its own included",
        _CFN + "TemplateReference/aws-resource-dynamodb-globaltable.html",
    )
    DR421 = Rule(
        "DR421",
        "table-stream",
        "a table with several replicas has no stream that could feed them",
        "DynamoDB refuses the table.",
        "write `StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}`",
        _CFN + "TemplateReference/aws-resource-dynamodb-globaltable.html",
    )
    DR422 = Rule(
        "DR422",
        "table-keys",
        "the replicas of a table do not all have a customer managed key of their own region",
        "Kinds of keys cannot be mixed, and a key serves its own region only: the table is refused.",
        "name the key of its region in the `SSESpecification` of each replica",
        _AWS + "amazondynamodb/latest/developerguide/globaltables-security.html",
    )
    DR423 = Rule(
        "DR423",
        "table-attributes",
        "a table's keys and its attribute definitions do not agree",
        "DynamoDB refuses a key that is not defined, and a definition that no key uses.",
        "define exactly the attributes that are keys of the table or of an index",
        _CFN + "TemplateReference/aws-resource-dynamodb-globaltable.html",
    )
    DR424 = Rule(
        "DR424",
        "table-protection",
        "a replica of a table is not protected, or the table is not billed on demand",
        "Recovery and deletion protection are never copied between replicas; provisioned billing is the default.",
        "write it on every replica",
        _AWS + "amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
    )
    DR425 = Rule(
        "DR425",
        "table-warmth",
        "a table's warm throughput or ceiling cannot work",
        "Warm throughput never goes below what a new table has, and a ceiling below it refuses the load.",
        "ask for at least what a new table has, and leave ceilings out",
        _AWS + "amazondynamodb/latest/developerguide/warm-throughput.html",
    )
    DR426 = Rule(
        "DR426",
        "hot-key",
        "a partition key looks as if it had few values",
        "One partition takes 1,000 writes a second, whatever the table's quota.",
        "choose a key that spreads evenly over many values, such as the transaction's id",
        _AWS + "amazondynamodb/latest/developerguide/bp-partition-key-uniform-load.html",
        severity=Severity.WARNING,
    )
    DR427 = Rule(
        "DR427",
        "table-strong",
        "a table cannot be strongly consistent between its regions",
        "DynamoDB refuses it.",
        "three regions of one set, no expiry of items, no local secondary indexes",
        _AWS + "amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
    )
    DR430 = Rule(
        "DR430",
        "replication-ends",
        "a bucket's replication has an end that cannot take part",
        "S3 refuses it, or nothing ever arrives.",
        "replicate between buckets with versioning in two regions of the topology",
        _AWS + "AmazonS3/latest/userguide/replication-requirements.html",
        acceptable=True,
    )
    DR431 = Rule(
        "DR431",
        "replication-keys",
        "replicated objects could not be encrypted at their destination",
        "S3 accepts the configuration and every object fails without a word.",
        "name a key of the destination's region and let the role decrypt here and encrypt there",
        _AWS + "AmazonS3/latest/userguide/replication-config-for-kms-objects.html",
    )
    DR432 = Rule(
        "DR432",
        "replication-context",
        "a condition on KMS rights names objects where bucket keys are on",
        "With bucket keys the context is the bucket's ARN: the condition never holds and objects fail without a word.",
        "put the bucket's ARN into the condition, without `/*`",
        _AWS + "AmazonS3/latest/userguide/replication-config-for-kms-objects.html",
    )
    DR433 = Rule(
        "DR433",
        "replication-rule",
        "a replication rule lacks parts that belong together",
        "S3 refuses it, or replicates less than was meant.",
        "mend the rule as described",
        _AWS + "AmazonS3/latest/userguide/replication-time-control.html",
    )
    DR434 = Rule(
        "DR434",
        "access-logs",
        "access logs would never arrive",
        "S3 delivers them to a bucket of the same region, under its own keys, that lets it in.",
        "send logs to a bucket of the same region with `AES256` and a policy for `logging.s3.amazonaws.com`",
        _AWS + "AmazonS3/latest/userguide/enable-server-access-logging.html",
    )
    DR435 = Rule(
        "DR435",
        "reservations",
        "functions reserve more than the account can reserve",
        "Lambda refuses the last of them.",
        "raise `quotas.lambda_concurrency` to what the account was granted, or reserve less",
        _AWS + "lambda/latest/dg/configuration-concurrency.html",
    )
    DR436 = Rule(
        "DR436",
        "reservation-small",
        "a function's reservation does not carry its load",
        "An environment serves ten requests a second at most, however fast the code is.",
        "reserve at least a tenth of the requests a second",
        _AWS + "lambda/latest/dg/lambda-concurrency.html",
    )
    DR437 = Rule(
        "DR437",
        "code-region",
        "a function takes its code from another region",
        "Lambda refuses to create it.",
        "name a bucket in the function's own region",
        _AWS + "lambda/latest/dg/configuration-function-zip.html",
    )
    DR438 = Rule(
        "DR438",
        "standby-idle",
        "nothing calls a function of the standby until it is needed",
        "After two weeks it loses its network and the first calls of a failover fail.",
        "let a health check call a function of that network",
        _AWS + "lambda/latest/dg/configuration-vpc.html",
    )
    DR439 = Rule(
        "DR439",
        "dead-letters",
        "a dead-letter queue can never receive anything",
        "It takes failed asynchronous runs; those that an API waits for never get there.",
        "remove it, and let clients try again with the same transaction id",
        _AWS + "lambda/latest/dg/invocation-async-retain-records.html",
        severity=Severity.WARNING,
    )
    DR440 = Rule(
        "DR440",
        "certificate",
        "a certificate cannot be issued or used",
        "API Gateway takes one of its own region that names the domain; without a zone the stack waits for a person.",
        "name a certificate of the same region, validated by DNS in the hosted zone",
        _CFN + "TemplateReference/aws-resource-certificatemanager-certificate.html",
    )
    DR441 = Rule(
        "DR441",
        "tls-policy",
        "a domain has a security policy that an HTTP API cannot have",
        "API Gateway refuses the mapping.",
        "write `SecurityPolicy: TLS_1_2`",
        _AWS + "apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html",
    )
    DR442 = Rule(
        "DR442",
        "health-host",
        "a health check asks a host that cannot answer for its region",
        "It would be unhealthy for ever, or follow the failover that it decides about.",
        "let it ask the region's own host name, which has a domain and a record",
        _AWS + "Route53/latest/DeveloperGuide/health-checks-creating-values.html",
    )
    DR443 = Rule(
        "DR443",
        "health-path",
        "a health check's path is not answered, or wants credentials",
        "Route 53 takes 403 and 404 for a dead region.",
        "give the API an open GET route for the path",
        _AWS + "Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html",
    )
    DR444 = Rule(
        "DR444",
        "health-slow",
        "a health check may not wait for a cold start",
        "A checker that meets a new environment counts a failure.",
        "shorten the start, or give the health path a function of its own",
        _AWS + "Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html",
        severity=Severity.WARNING,
    )
    DR445 = Rule(
        "DR445",
        "health-shallow",
        "the function behind a health check can reach no table",
        "It would call a region healthy whose table is dead.",
        "let the function that answers read and write a table",
        _AWS + "amazondynamodb/latest/developerguide/bp-global-table-design.html",
        severity=Severity.WARNING,
    )
    DR446 = Rule(
        "DR446",
        "health-alarm",
        "a health check follows an alarm that it cannot read",
        "Route 53 refuses it, or never sees it fail.",
        "follow an alarm on one metric with a plain statistic, every period counting",
        _AWS + "Route53/latest/DeveloperGuide/health-checks-creating-values.html",
    )
    DR447 = Rule(
        "DR447",
        "failover-records",
        "failover records are not complete",
        "Route 53 refuses them, or clients of one address family are left behind.",
        "a PRIMARY with a health check and a SECONDARY, each with an identifier, for A and AAAA",
        _AWS + "Route53/latest/APIReference/API_ResourceRecordSet.html",
    )
    DR448 = Rule(
        "DR448",
        "standby-checked",
        "the standby's record depends on a health check",
        "If both are unhealthy Route 53 answers with the primary, which is dead.",
        "leave the health check of the SECONDARY record out",
        _AWS + "Route53/latest/APIReference/API_ResourceRecordSet.html",
        severity=Severity.WARNING,
    )
    DR449 = Rule(
        "DR449",
        "unencrypted",
        "a store, topic, stream or log group has no customer managed key",
        "All data at rest is to be under the topology's own keys.",
        "name the key of the region",
    )
    DR450 = Rule(
        "DR450",
        "topic-key",
        "alarms cannot use the key of their topic",
        "They fire, and nobody is told.",
        "encrypt the topic under a key whose policy lets `cloudwatch.amazonaws.com` use it",
        _AWS + "sns/latest/dg/sns-key-management.html",
    )
    DR451 = Rule(
        "DR451",
        "topic-policy",
        "alarms may not publish to their topic",
        "A policy of one's own replaces the default one, which lets them.",
        "allow `sns:Publish` to `cloudwatch.amazonaws.com`",
        _AWS + "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
    )
    DR452 = Rule(
        "DR452",
        "log-key",
        "the Logs service may not use the key of a log group",
        "The group is refused.",
        "allow `logs.<region>.amazonaws.com` of the group's region in the key's policy",
        _AWS + "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    )
    DR453 = Rule(
        "DR453",
        "key-grant",
        "nobody of the account may make a grant on a key that needs one",
        "Functions and tables are created with a grant in the name of whoever deploys.",
        "allow `kms:CreateGrant` to the account's root in the key's policy, through the service",
        _AWS + "lambda/latest/dg/configuration-envvars-encryption.html",
    )
    DR454 = Rule(
        "DR454",
        "named-principal",
        "a key or trust policy names a role or user",
        "It is refused while that does not exist, or does not show yet.",
        "trust the account's root and narrow it by `aws:PrincipalArn`",
        _AWS + "kms/latest/APIReference/API_CreateKey.html",
    )
    DR455 = Rule(
        "DR455",
        "log-copies",
        "a copy of logs is refused or goes astray",
        "Filters deliver within their region, take a role for streams only, and skip what is refused.",
        "send logs to a destination of the same region, whose stream may lie in another",
        _AWS + "AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html",
    )
    DR456 = Rule(
        "DR456",
        "peering",
        "a peering does not carry traffic both ways",
        "Each side needs a route of its own, and ranges that do not overlap.",
        "add the route in the other region's stack",
        _AWS + "vpc/latest/peering/vpc-peering-basics.html",
    )
    DR457 = Rule(
        "DR457",
        "group-region",
        "a security group refers to one of another region",
        "EC2 refuses it.",
        "name the other side by its address range",
        _AWS + "vpc/latest/peering/vpc-peering-basics.html",
    )
    DR458 = Rule(
        "DR458",
        "far-call",
        "a function has no way to a service of another region",
        "Gateway endpoints lead to their own region only: calls time out.",
        "add an interface endpoint of the service in the other region's VPC, or do without the call",
        _AWS + "vpc/latest/privatelink/vpc-endpoints-ddb.html",
    )
    DR460 = Rule(
        "DR460",
        "alarm-region",
        "an alarm lies where its metric is not published",
        "It never has data.",
        "move the alarm to the region named",
        _AWS + "AmazonCloudWatch/latest/monitoring/Cross-Account-Cross-Region.html",
    )
    DR461 = Rule(
        "DR461",
        "alarm-metric",
        "an alarm watches a metric that AWS does not publish so",
        "It never has data.",
        "name the metric and its dimensions exactly as they are published",
        _AWS + "AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html",
    )
    DR462 = Rule(
        "DR462",
        "alarm-stuck",
        "an alarm on DynamoDB would never clear",
        "It keeps its state while no data arrives, and errors bring data only while they last.",
        "fill the metric with zeros (`FILL(m, 0)`) and write `TreatMissingData: notBreaching`",
        _AWS + "AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
    )
    DR463 = Rule(
        "DR463",
        "alarm-topic",
        "an alarm tells a topic of another region",
        "CloudWatch refuses it.",
        "tell the topic of the alarm's own region",
        _AWS + "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
    )
    DR464 = Rule(
        "DR464",
        "alarm-subject",
        "an alarm watches something that this topology does not have there",
        "It never has data, unless somebody else makes what it names.",
        "refer to the resource, or accept the finding",
        severity=Severity.WARNING,
    )
    DR465 = Rule(
        "DR465",
        "wildcard",
        "a policy allows by a wildcard without a reason",
        "A reviewer cannot tell a decision from an oversight.",
        "name actions and resources, or give the reason in `Metadata.Wildcards` under the statement's id",
        _AWS + "IAM/latest/UserGuide/best-practices.html",
    )
    DR466 = Rule(
        "DR466",
        "retain",
        "a resource would go with its stack or with a replacement",
        "Data, names and shared records would be gone.",
        "write `DeletionPolicy` and `UpdateReplacePolicy: Retain`",
        _CFN + "TemplateReference/aws-attribute-updatereplacepolicy.html",
    )
    DR467 = Rule(
        "DR467",
        "stack-output",
        "a value is read from another stack behind the compiler's back",
        "It fails in some places and grows stale in others; the waves know nothing of it.",
        "use the values that the view offers",
        _CFN + "TemplateReference/intrinsic-function-reference-getstackoutput.html",
    )
    DR470 = Rule(
        "DR470",
        "parity-missing",
        "the standby lacks something that the primary has",
        "On the day it takes over it would be missed.",
        "put it into both regions, or name the partial `….primary.json.j2` if it is meant for one",
    )
    DR471 = Rule(
        "DR471",
        "parity-function",
        "a function of the standby differs from the primary's",
        "Code, capacity and configuration must be the same to take over.",
        "remove what makes them differ",
    )
    DR472 = Rule(
        "DR472",
        "parity-permission",
        "permissions in the standby differ from the primary's",
        "What is refused there shows on the day of the failover.",
        "give both regions the same statements",
    )
    DR473 = Rule(
        "DR473",
        "parity-quota",
        "the standby is granted less than the primary",
        "Quotas are not copied between regions: it could not take over the load.",
        "ask for the same quota in the standby region, and write it down",
        _AWS + "servicequotas/latest/userguide/intro.html",
        acceptable=True,
    )
    DR474 = Rule(
        "DR474",
        "parity-differs",
        "something in the standby differs from the primary",
        "Endpoints, routes, alarms and log copies must be the same to take over.",
        "remove what makes them differ",
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

    DR610 = Rule(
        "DR610",
        "order",
        "a resource is created before something that it needs",
        "AWS refuses it, or it never works; the stack rolls back in the middle of a deployment.",
        "refer to what is needed, so that a gate holds the resource back; or add a `DependsOn` within the stack",
        _CFN + "TemplateReference/aws-attribute-dependson.html",
    )
    DR611 = Rule(
        "DR611",
        "order-replication",
        "a bucket's replication is set up before its destination can take it",
        "S3 refuses replication to a bucket that does not exist or keeps no versions.",
        "put the replication behind a gate on the destination bucket and its key",
        _AWS + "AmazonS3/latest/userguide/replication-requirements.html",
    )
    DR612 = Rule(
        "DR612",
        "order-certificate",
        "a certificate is asked for before its zone can be delegated",
        "It is never issued, and the stack waits for it until it fails.",
        "create the hosted zone in a stack of an earlier wave and refer to it",
        _CFN + "TemplateReference/aws-resource-certificatemanager-certificate.html",
    )
    DR613 = Rule(
        "DR613",
        "order-value",
        "an operation takes a value that is not there yet, or never gets it",
        "CloudFormation refuses the import; an empty parameter leaves resources out.",
        "let the stack that gives the value run in an earlier wave",
        _CFN + "UserGuide/using-cfn-stack-exports.html",
    )
    DR614 = Rule(
        "DR614",
        "gate-closes",
        "a gate that was open closes in a later wave",
        "The resource leaves its stack and stays behind as an orphan that blocks its own name.",
        "make conditions that only ever turn from false to true",
    )
    DR615 = Rule(
        "DR615",
        "name-shared",
        "two resources have the same physical name",
        "The second is refused: it exists already. Names of roles are unique in the account, whatever their case.",
        "put the region, the stack or the entry into the name",
        _AWS + "IAM/latest/APIReference/API_CreateRole.html",
    )
    DR616 = Rule(
        "DR616",
        "export",
        "an export is not unique, or changes while a stack imports it",
        "CloudFormation refuses both.",
        "give the export a name of its own, and a value that stays",
        _CFN + "UserGuide/using-cfn-stack-exports.html",
    )
    DR617 = Rule(
        "DR617",
        "table-owners",
        "two resources declare the same table",
        "One stack owns a global table with all its replicas; a second one fails or takes it away from the first.",
        "declare the table once, in the primary region's stack, with a replica for each region",
        _CFN + "TemplateReference/aws-resource-dynamodb-globaltable.html",
    )
    DR618 = Rule(
        "DR618",
        "update-refused",
        "a later wave changes a resource in a way that AWS refuses or that replaces it",
        "A name cannot change, a table takes one replica or index at a time, and warm throughput never goes down.",
        "let the resource have its final form when it is created, behind a gate",
        _CFN + "TemplateReference/aws-resource-dynamodb-globaltable.html",
    )
    DR619 = Rule(
        "DR619",
        "dependency-circle",
        "resources of one stack wait for each other",
        "CloudFormation refuses a template with circular dependencies.",
        "build one of the values from names instead of a reference",
        _CFN + "UserGuide/troubleshooting.html",
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

    DR820 = Rule(
        "DR820",
        "credentials",
        "AWS does not say which account the credentials belong to",
        "Nothing is deployed into an account nobody knows.",
        "sign in with the standard credential chain (environment, profile, single sign-on) or name a profile with "
        "`--profile`",
    )
    DR821 = Rule(
        "DR821",
        "account",
        "the credentials belong to another account than the spec is meant for",
        "A second copy of a system in a wrong account is found late, on the bill or in an outage.",
        "use credentials of the spec's account, or change `account` in the spec",
    )
    DR822 = Rule(
        "DR822",
        "region-unreachable",
        "a region does not answer, or not to this account",
        "A topology with a region that cannot be deployed would stop half-way. Opt-in regions must be enabled.",
        "enable the region for the account, and let the principal use CloudFormation and STS there",
        _AWS + "accounts/latest/reference/manage-acct-regions.html",
    )
    DR823 = Rule(
        "DR823",
        "quota-not-granted",
        "an account quota is lower than the spec takes as granted",
        "Capacities were computed with the spec's figure: at peak, or at the failover, requests would be refused.",
        "ask for the quota in every serving region (it takes days), or write what is granted into the spec",
        _AWS + "servicequotas/latest/userguide/request-quota-increase.html",
    )
    DR824 = Rule(
        "DR824",
        "name-taken",
        "a name that a stack is about to take is taken",
        "The creation would fail half-way and be rolled back. Often it is left from an earlier copy, since everything "
        "is retained when a stack is deleted.",
        "delete or rename what has it, import it into the stack, or deploy under another `--suffix`",
        _CFN + "UserGuide/import-resources-manually.html",
    )
    DR825 = Rule(
        "DR825",
        "not-delegated",
        "the hosted zone is not delegated",
        "A certificate of a zone that the world does not ask is never issued, and its stack hangs for hours.",
        "enter the zone's name servers at the parent domain, then run dr-deploy again",
        _AWS + "Route53/latest/DeveloperGuide/dns-routing-traffic-for-subdomains.html",
    )
    DR826 = Rule(
        "DR826",
        "range-overlaps",
        "another VPC of the region overlaps the address range",
        "The two can never be peered or joined by a transit gateway.",
        "choose a free range before the first deployment: it cannot be changed afterwards",
        _AWS + "vpc/latest/peering/vpc-peering-basics.html",
        severity=Severity.WARNING,
    )
    DR827 = Rule(
        "DR827",
        "second-zone",
        "a public zone of the same name exists",
        "Only one of the two can be delegated; records in the other are never seen.",
        "name the zone that is there in `dns.hosted_zone`, or delete the one nobody uses",
        _AWS + "Route53/latest/DeveloperGuide/hosted-zone-public-considerations.html",
        severity=Severity.WARNING,
    )
    DR828 = Rule(
        "DR828",
        "not-checked",
        "something could not be checked before the deployment",
        "The API is not there, as on an emulator, or the principal may not use it; nothing is assumed from that.",
        "check it by other means, or let the principal read it",
        severity=Severity.INFO,
    )
    DR830 = Rule(
        "DR830",
        "stack-stuck",
        "a stack is in a state in which it cannot be updated",
        "CloudFormation takes no change set in this state; which way out is right is for a person to decide.",
        "follow the way out, then run dr-deploy again",
        _CFN + "UserGuide/troubleshooting.html",
    )
    DR831 = Rule(
        "DR831",
        "data-at-stake",
        "a change set would remove or replace what holds data, or remove what only waits for a value",
        "Everything is retained, so nothing is deleted; but the system would go on with a new, empty one, and the old "
        "one would block its name.",
        "undo the change of the spec, or name the resource with `--allow-replace` if that is meant",
        _CFN + "UserGuide/using-cfn-updating-stacks-update-behaviors.html",
    )
    DR832 = Rule(
        "DR832",
        "change-set-refused",
        "CloudFormation refuses a change set",
        "It found before any change that the deployment would fail.",
        "mend what it names and run dr-deploy again",
        _CFN + "UserGuide/validate-stack-deployments.html",
    )
    DR833 = Rule(
        "DR833",
        "operation-failed",
        "a stack operation failed and was rolled back",
        "Other stacks of the same wave are carried to their end; later waves are not begun.",
        "mend what it names and run dr-deploy again: it goes on from here",
        _CFN + "UserGuide/troubleshooting.html",
    )
    DR834 = Rule(
        "DR834",
        "output-missing",
        "a stack lacks an output that a later wave needs",
        "It was deployed from another template, or changed by hand.",
        "deploy the stack that has the output first, without `--only`",
    )
    DR835 = Rule(
        "DR835",
        "code-bucket",
        "the code of a function cannot be put where Lambda looks for it, or another code runs",
        "Both regions have to run the same code, byte for byte.",
        "let the principal use the bucket, or name another one with `--code-bucket REGION=NAME`",
    )
    DR837 = Rule(
        "DR837",
        "call-refused",
        "AWS refuses a call",
        "What was begun goes on in AWS; nothing else was started.",
        "mend what AWS names (most often a permission) and run dr-deploy again: it goes on from here",
    )
    DR838 = Rule(
        "DR838",
        "no-end",
        "an operation takes longer than dr-deploy waits",
        "It goes on in AWS.",
        "look at the stack's events; once it has ended, run dr-deploy again: it goes on from there",
    )
    DR842 = Rule(
        "DR842",
        "changed-elsewhere",
        "a stack was last changed by something else than dr-deploy",
        "This run puts back what the spec says, change set and review included.",
        "look at the changes before agreeing to them; what is to stay belongs into the spec",
        severity=Severity.WARNING,
    )

    DR851 = Rule(
        "DR851",
        "no-git",
        "another revision cannot be looked at: there is no git repository",
        "`--against` reads the templates and the spec of a revision through git.",
        "run it inside the repository that holds the spec, with git installed; or leave `--against` out",
    )
    DR852 = Rule(
        "DR852",
        "no-revision",
        "there is no such revision",
        "There is nothing to compare with.",
        "name a branch, a tag or a commit, such as `main` or `HEAD~1`; fetch it first where the clone is shallow",
        "https://git-scm.com/docs/gitrevisions",
    )
    DR853 = Rule(
        "DR853",
        "not-compiled",
        "what is to be compared with has no templates, or not all of them",
        "What is deployed from there cannot be told.",
        "name a revision in which the output folder is committed as a compile wrote it",
    )
    DR854 = Rule(
        "DR854",
        "unreadable-templates",
        "a committed file is not one that a compile writes",
        "What is deployed from it cannot be told, so a change to it cannot be told either.",
        "restore it from version control, or run `dr-compile` on the spec",
    )

    DR901 = Rule(
        "DR901",
        "internal",
        "the compiler has a fault",
        "Please report it with the spec that shows it.",
        "report it, with this output and the spec",
    )


RULES: dict[str, Rule] = {name: rule for name, rule in vars(Code).items() if isinstance(rule, Rule)}
