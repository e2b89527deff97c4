"""DR5xx to DR7xx: partials, links between stacks, the waves of a deployment, and what cfn-lint says."""

from __future__ import annotations

from compiler.diagnostics.model import Rule, Severity


class Partials:
    DR501 = Rule(
        "DR501",
        "partial-json",
        says="the output of a partial is not valid JSON",
        why="The output of a partial becomes part of a JSON template.",
        fix="correct the partial at this line",
    )
    DR502 = Rule(
        "DR502",
        "duplicate-id",
        says="a logical id or a key is used twice",
        why="Most JSON parsers keep the last value and ignore the first without a warning.",
        fix="give each resource its own logical id",
    )
    DR503 = Rule(
        "DR503",
        "partial-view",
        says="a partial and its view do not match",
        why="A partial receives exactly the fields of its view and must use them.",
        fix="use exactly the fields of the view",
    )
    DR504 = Rule(
        "DR504",
        "partial-construct",
        says="a partial uses a Jinja construct that is not allowed",
        why="Python code computes the values, and a partial only puts them in place. Arithmetic, filters, assignments "
        "and macros are not allowed.",
        fix="compute the value in the service module and pass it in the view",
    )
    DR505 = Rule(
        "DR505",
        "partial-shape",
        says="the output of a partial is not a template fragment",
        why="The file schema/partial.schema.json defines what a fragment can contain.",
        fix="return an object with `Resources`, and give each resource `Type` and `Properties`",
    )
    DR506 = Rule(
        "DR506",
        "partial-syntax",
        says="a partial is not a valid Jinja template",
        why="Jinja cannot render it.",
        fix="correct the template at this line",
    )
    DR507 = Rule(
        "DR507",
        "partial-folder",
        says="the folder of partials cannot be used",
        why="`--partials` needs a folder that has one subfolder per service.",
        fix="name an existing folder of this form",
    )
    DR508 = Rule(
        "DR508",
        "partial-resource",
        says="a custom partial leaves out a resource that other resources refer to",
        why="The references to this resource would fail at deploy time.",
        fix="keep the resource, with the logical id that the view provides",
    )
    DR509 = Rule(
        "DR509",
        "partial-quotes",
        says="a partial writes a value inside quotes",
        why="A partial writes each value as a complete JSON value, which has its own quotes. This keeps every text "
        "inside its value.",
        fix="remove the quotes around the value",
    )


_AWS = "https://docs.aws.amazon.com/"
_CFN = "https://docs.aws.amazon.com/AWSCloudFormation/latest/"
_CFN_LINT = "https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md"


class Links:
    DR601 = Rule(
        "DR601",
        "wiring-cycle",
        says="stacks wait for each other's values",
        why="Each stack waits for a value that another stack of the cycle provides only later.",
        fix="make one of the values optional: put a gate around the property that uses it",
    )
    DR602 = Rule(
        "DR602",
        "dangling",
        says="a template refers to something that it does not define",
        why="CloudFormation rejects the template.",
        fix="refer to a resource, parameter or condition of the same stack",
    )
    DR603 = Rule(
        "DR603",
        "limit",
        says="a template exceeds a limit of CloudFormation",
        why="CloudFormation rejects the template.",
        fix="put entries that are not deployed yet into a further stack with `stack`, move entries to a second spec "
        "with a suffix and a domain of its own, or remove what you do not need",
        source=_CFN + "UserGuide/cloudformation-limits.html",
    )


class Waves:
    DR610 = Rule(
        "DR610",
        "order",
        says="a resource is created before something that it needs",
        why="AWS rejects the resource, or the resource never works. The stack rolls back during the deployment.",
        fix="refer to the needed resource, so that a gate delays this one; within one stack, add a `DependsOn`",
        source=_CFN + "TemplateReference/aws-attribute-dependson.html",
        traps=(6, 35),
    )
    DR611 = Rule(
        "DR611",
        "order-replication",
        says="a bucket starts to replicate before its destination is ready",
        why="S3 rejects replication to a bucket that does not exist or has no versioning.",
        fix="put the replication behind a gate on the destination bucket and its key",
        source=_AWS + "AmazonS3/latest/userguide/replication-requirements.html",
        traps=(9,),
    )
    DR612 = Rule(
        "DR612",
        "order-certificate",
        says="a certificate is requested before its hosted zone can be delegated",
        why="ACM never issues the certificate. The stack waits for it and then fails.",
        fix="create the hosted zone in a stack of an earlier wave, and refer to it",
        source=_CFN + "TemplateReference/aws-resource-certificatemanager-certificate.html",
        traps=(24,),
    )
    DR613 = Rule(
        "DR613",
        "order-value",
        says="a stack operation needs a value that does not exist yet, or never receives it",
        why="CloudFormation rejects an import that does not exist. An empty parameter leaves resources out of the "
        "stack.",
        fix="deploy the stack that provides the value in an earlier wave",
        source=_CFN + "UserGuide/using-cfn-stack-exports.html",
    )
    DR614 = Rule(
        "DR614",
        "gate-closes",
        says="a gate that was open closes in a later wave",
        why="CloudFormation removes the resource from the stack but does not delete it. Its name then stays taken.",
        fix="use a condition that never changes from true to false",
    )
    DR615 = Rule(
        "DR615",
        "name-shared",
        says="two resources have the same physical name",
        why="AWS does not create the second one, because the name is taken. A role name is unique in the account and "
        "ignores case.",
        fix="add the region, the stack or the entry to the name",
        source=_AWS + "IAM/latest/APIReference/API_CreateRole.html",
        traps=(21,),
    )
    DR616 = Rule(
        "DR616",
        "export",
        says="an export is not unique, or its value changes while another stack imports it",
        why="CloudFormation rejects both.",
        fix="give the export a unique name and a value that does not change",
        source=_CFN + "UserGuide/using-cfn-stack-exports.html",
    )
    DR617 = Rule(
        "DR617",
        "table-owners",
        says="two resources declare the same table",
        why="One stack must own a global table with all its replicas. A second stack fails, or it takes the table "
        "over.",
        fix="declare the table once, in the stack of the primary region, with one replica per region",
        source=_CFN + "TemplateReference/aws-resource-dynamodb-globaltable.html",
        traps=(3,),
    )
    DR618 = Rule(
        "DR618",
        "update-refused",
        says="AWS rejects an update of a later wave, or the update replaces the resource",
        why="A name cannot change. A table takes one new replica or index per update. Warm throughput cannot be "
        "lowered.",
        fix="create the resource in its final form; if it needs a value of a later wave, put it behind a gate",
        source=_CFN + "TemplateReference/aws-resource-dynamodb-globaltable.html",
        traps=(7, 8),
    )
    DR619 = Rule(
        "DR619",
        "dependency-circle",
        says="resources of one stack depend on each other in a cycle",
        why="CloudFormation rejects a template with circular dependencies.",
        fix="build one of the values from names instead of a reference",
        source=_CFN + "UserGuide/troubleshooting.html",
    )
    DR620 = Rule(
        "DR620",
        "order-health-check",
        says="a DNS record follows a new health check at once, or a health check calls a new host at once",
        why="Until it has results, Route 53 takes a new health check as healthy, and an inverted one as unhealthy. A "
        "record that follows it at once can move clients, or keep them in a region that does not answer.",
        fix="pass the id of the health check or host on in a later wave, as the templates of the compiler do",
        source=_AWS + "Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html",
        traps=(60,),
    )
    DR621 = Rule(
        "DR621",
        "order-protection",
        says="a resource refuses its deletion already in the operation that creates it",
        why="If the operation fails, CloudFormation cannot delete the resource again. The stack ends in "
        "ROLLBACK_FAILED, and the name stays taken, for a table in every region.",
        fix="switch the protection on behind a gate that opens in a later operation, as the tables of the compiler do; "
        "in an added partial, leave it out or switch it off",
        source=_CFN + "TemplateReference/aws-attribute-deletionpolicy.html",
        acceptable=True,
        traps=(61,),
    )
    DR622 = Rule(
        "DR622",
        "order-role",
        says="AWS tries a role out in the operation that creates it",
        why="A new role takes time to be visible everywhere. A service that tries it out while it creates a resource "
        "may not find it yet, and the operation rolls back.",
        fix="put the role into a stack of an earlier wave, or use a role that exists; if the operation may be "
        "repeated, accept the finding",
        source=_AWS + "IAM/latest/UserGuide/troubleshoot_general.html",
        severity=Severity.WARNING,
        traps=(62,),
    )
    DR625 = Rule(
        "DR625",
        "order-health-path",
        says="during an update, a health check calls a path that its region does not answer",
        why="Checks are in the global stack, and what they call is in a stack of the region. Route 53 takes a region "
        "that works as lost until both have changed.",
        fix="let the path stay as it is, or deploy twice: first the new path beside the old one, and then the check",
        source=_AWS + "Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html",
        traps=(66,),
    )


class Lint:
    DR701 = Rule(
        "DR701",
        "cfn-lint-error",
        says="cfn-lint reports an error in a template",
        why="The deployment of the stack would fail.",
        fix="correct the spec entry or the partial that created the resource",
        source=_CFN_LINT,
    )
    DR702 = Rule(
        "DR702",
        "cfn-lint-warning",
        says="cfn-lint reports a warning in a template",
        why="The stack can be deployed, but it probably does not do what you expect.",
        fix="correct the spec entry or the partial that created the resource",
        source=_CFN_LINT,
        severity=Severity.WARNING,
    )
