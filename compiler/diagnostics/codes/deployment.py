"""DR8xx and DR9xx: written files, comparisons with other revisions, dr-deploy, and faults of the compiler."""

from __future__ import annotations

from compiler.diagnostics.model import Rule, Severity


class Output:
    DR801 = Rule(
        "DR801",
        "stale",
        says="a committed file differs from what the spec compiles to",
        why="The templates that people review and deploy would not match the spec.",
        fix="run `dr-compile` on the spec and commit its output",
    )
    DR802 = Rule(
        "DR802",
        "missing",
        says="a file that the spec compiles to is missing",
        why="A deployment would leave out a stack.",
        fix="run `dr-compile` on the spec and commit its output",
    )
    DR803 = Rule(
        "DR803",
        "orphan",
        says="the output folder contains a file that the spec does not produce",
        why="Someone could deploy a stack that no spec describes.",
        fix="remove the file: the compiler owns all files in this folder",
    )
    DR804 = Rule(
        "DR804",
        "unwritable",
        says="the compiler cannot write the output",
        why="The operating system does not allow it. No file was changed.",
        fix="check the owner, the permissions and the free space of the folder",
    )
    DR152 = Rule(
        "DR152",
        "output-shared",
        says="the folder for the templates has the spec or a repository in it",
        why="The compiler owns all files of its folder, and reports every other one as one to remove.",
        fix="name a folder that has nothing but templates, or leave the option out",
    )


class Hooks:
    """What a hook refuses to take for fine."""

    DR150 = Rule(
        "DR150",
        "hook-merge",
        says="a merge left conflicts in the index, so that there is no commit to be checked yet",
        why="Git keeps several versions of such a file. None of them is what will be committed.",
        fix="solve the conflicts in the spec; then run `dr-compile`, which writes the templates, and `git add` both",
        source="https://git-scm.com/docs/git-merge#_how_to_resolve_conflicts",
    )
    DR151 = Rule(
        "DR151",
        "hook-submodule",
        says="what a hook has to read is in a submodule, whose files the commit does not have",
        why="A commit names a commit of the other repository. What is checked out there may be something else.",
        fix="copy what the spec needs into this repository, or run `dr-compile --check` in CI instead of the hook",
        source="https://git-scm.com/docs/gitsubmodules",
    )
    DR878 = Rule(
        "DR878",
        "hook-pattern",
        says="a pattern for specs matches no staged spec",
        why="The hook would check nothing and pass, for ever. Most often the pattern has a typing error, or the spec "
        "has another name now.",
        fix="correct `--spec` in the configuration of the hooks, or remove it if the spec is gone",
        source="https://pre-commit.com/#config-args",
    )
    DR879 = Rule(
        "DR879",
        "hook-link",
        says="a spec, a partial or a folder of templates is a link",
        why="A commit contains the link and not what it leads to. The hook would read files, or write templates, that "
        "are not part of the commit.",
        fix="commit the file or folder itself in place of the link",
        source="https://git-scm.com/docs/git-config#Documentation/git-config.txt-coresymlinks",
    )


class Revisions:
    DR851 = Rule(
        "DR851",
        "no-git",
        says="`--against` needs a git repository, and there is none",
        why="`--against` uses git to read the templates and the spec of another revision.",
        fix="install git and run the command in the repository that contains the spec, or leave `--against` out",
    )
    DR852 = Rule(
        "DR852",
        "no-revision",
        says="a git revision does not exist",
        why="There is nothing to compare with.",
        fix="name a branch, a tag or a commit, such as `main` or `HEAD~1`; in a shallow clone, fetch it first",
        source="https://git-scm.com/docs/gitrevisions",
    )
    DR853 = Rule(
        "DR853",
        "not-compiled",
        says="a revision does not contain all compiled templates",
        why="The compiler compares templates, so it needs every template of that revision.",
        fix="name a revision in which the complete output of a compile is committed",
    )
    DR854 = Rule(
        "DR854",
        "unreadable-templates",
        says="a committed file is not the output of a compile",
        why="The compiler cannot read the deployed state from this file, so it cannot show what changes.",
        fix="restore the file from version control, or run `dr-compile` on the spec",
    )


class Faults:
    DR901 = Rule(
        "DR901",
        "internal",
        says="the compiler has a bug",
        why="This error is not caused by your spec. Please report it.",
        fix="report it with this output and with the spec",
    )


_AWS = "https://docs.aws.amazon.com/"
_CFN = "https://docs.aws.amazon.com/AWSCloudFormation/latest/"


class Preflight:
    """Checks before anything is changed."""

    DR820 = Rule(
        "DR820",
        "credentials",
        says="AWS does not return the account of the credentials",
        why="dr-deploy does not deploy into an unknown account.",
        fix="sign in with the standard credential chain (environment, profile, single sign-on), or name a profile "
        "with `--profile`",
    )
    DR821 = Rule(
        "DR821",
        "account",
        says="the credentials belong to a different account than the one in the spec",
        why="A second copy of the system in a wrong account is often noticed late: on the bill, or in an outage.",
        fix="use credentials of the account in the spec, or change `account` in the spec",
    )
    DR822 = Rule(
        "DR822",
        "region-unreachable",
        says="a region does not answer, or rejects this account",
        why="The deployment would stop halfway if it cannot use one of the regions. An account must enable opt-in "
        "regions before it can use them.",
        fix="enable the region for the account, and allow the principal to use CloudFormation and STS there",
        source=_AWS + "accounts/latest/reference/manage-acct-regions.html",
    )
    DR823 = Rule(
        "DR823",
        "quota-not-granted",
        says="an account quota is lower than the value in the spec",
        why="The compiler computed capacities with the value in the spec. AWS would throttle requests at peak load or "
        "during a failover.",
        fix="request the quota in each serving region (this takes days), or write the granted value into the spec",
        source=_AWS + "servicequotas/latest/userguide/request-quota-increase.html",
    )
    DR824 = Rule(
        "DR824",
        "name-taken",
        says="a name that a stack needs is already taken",
        why="The creation would fail halfway and roll back. The resource is often left over from an earlier "
        "deployment, because all resources are retained when a stack is deleted.",
        fix="delete or rename the existing resource, import it into the stack, or deploy with another `--suffix`",
        source=_CFN + "UserGuide/import-resources-manually.html",
        traps=(38,),
    )
    DR825 = Rule(
        "DR825",
        "not-delegated",
        says="the hosted zone is not delegated",
        why="ACM does not issue a certificate for a domain in a zone that is not delegated. The stack would wait for "
        "hours and then fail.",
        fix="add the name servers of the zone to the parent domain, then run dr-deploy again",
        source=_AWS + "Route53/latest/DeveloperGuide/dns-routing-traffic-for-subdomains.html",
        traps=(24,),
    )
    DR826 = Rule(
        "DR826",
        "range-overlaps",
        says="another VPC of the region uses an overlapping address range",
        why="The two VPCs cannot be connected by peering or by a transit gateway.",
        fix="choose a free range before the first deployment; you cannot change it later",
        source=_AWS + "vpc/latest/peering/vpc-peering-basics.html",
        severity=Severity.WARNING,
    )
    DR827 = Rule(
        "DR827",
        "second-zone",
        says="a public hosted zone with the same name already exists",
        why="The parent domain can delegate to only one of the two zones. Nobody sees the records of the other zone.",
        fix="name the existing zone in `dns.hosted_zone`, or delete the unused zone",
        source=_AWS + "Route53/latest/DeveloperGuide/hosted-zone-public-considerations.html",
        severity=Severity.WARNING,
        traps=(39,),
    )
    DR828 = Rule(
        "DR828",
        "not-checked",
        says="dr-deploy could not check something before the deployment",
        why="The API does not exist (for example on an emulator), or the principal is not allowed to use it. "
        "dr-deploy does not guess the answer.",
        fix="check it in another way, or allow the principal to read it",
        severity=Severity.INFO,
    )
    DR829 = Rule(
        "DR829",
        "issuer-not-reached",
        says="dr-deploy cannot read the documents of an issuer",
        why="API Gateway reads them over the internet. If it cannot, the authorizer is not created and its stack "
        "rolls back. But the reason may also be the network of this machine, such as a proxy "
        "or a firewall.",
        fix="read `<issuer>/.well-known/openid-configuration` from a machine with plain access to the internet, and "
        "open the issuer to the internet if that fails too",
        source=_AWS + "apigateway/latest/developerguide/http-api-quotas.html",
        severity=Severity.WARNING,
    )
    DR836 = Rule(
        "DR836",
        "issuer-unusable",
        says="the tokens of an issuer cannot be verified by API Gateway",
        why="API Gateway needs a discovery document that names the issuer exactly as the spec does, and an RSA key "
        "set on the internet. Otherwise the authorizer is not created, or every request is refused.",
        fix="write the issuer as its tokens name it in `iss`, or correct what the issuer publishes",
        source=_AWS + "apigateway/latest/developerguide/http-api-jwt-authorizer.html",
    )
    DR379 = Rule(
        "DR379",
        "backup-setting",
        says="a setting of the account keeps backups of tables from being copied",
        why="Without advanced backup of DynamoDB, backups of tables have the key of the table, stay in their region "
        "and account, and never move to cold storage. It is a setting of each region that the account's owner decides.",
        fix="ask who owns the account to turn advanced backup of DynamoDB on",
        source=_AWS + "aws-backup/latest/devguide/advanced-ddb-backup.html",
        severity=Severity.WARNING,
    )
    DR859 = Rule(
        "DR859",
        "backup-organization",
        says="the organization does not allow backups across accounts",
        why="AWS Backup copies to a vault of another account only where the management account of the organization has "
        "turned cross-account backup on. Without it every copy fails, and the other account has no backup.",
        fix="ask who owns the management account: `aws backup update-global-settings --region us-east-1 "
        "--global-settings isCrossAccountBackupEnabled=true`; or remove the vault from `copy_to`",
        source=_AWS + "aws-backup/latest/devguide/create-cross-account-backup.html",
        severity=Severity.WARNING,
    )
    DR846 = Rule(
        "DR846",
        "log-policies-full",
        says="AWS may not be able to let a service write to a log group",
        why="The service that writes the log adds the log group to a resource policy of CloudWatch Logs. If there is "
        "no room for that, the resource that is logged cannot be created, and its stack rolls back.",
        fix="remove entries of deleted log groups from the policy, or a policy that nobody needs "
        "(`aws logs describe-resource-policies`)",
        source=_AWS + "AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html",
        severity=Severity.WARNING,
    )
    DR847 = Rule(
        "DR847",
        "zone-not-usable",
        says="the account cannot use an availability zone of the spec, or the zone lacks an endpoint service",
        why="AWS does not show every zone to every account, and restricts zones that have no room. An interface "
        "endpoint has an address in each subnet, and some services are not offered in all zones. CloudFormation would "
        "fail on the subnet or the endpoint.",
        fix="write other zone ids into `zones`; for an endpoint service, you can also remove it from "
        "`network.endpoints` if no function uses it",
        source=_AWS + "vpc/latest/privatelink/privatelink-access-aws-services.html",
    )
    DR839 = Rule(
        "DR839",
        "boundary-missing",
        says="the permissions boundary of the spec does not exist in the account",
        why="IAM rejects every role that names it, in the middle of the deployment.",
        fix="create the policy, or write the name of the one that the account has",
        source=_AWS + "IAM/latest/UserGuide/access_policies_boundaries.html",
    )
    DR840 = Rule(
        "DR840",
        "key-unusable",
        says="an existing key of the spec cannot be used",
        why="Tables, buckets, topics and log groups could not be created, or not be read later.",
        fix="write the ARN of a symmetric key that is enabled and managed by the account",
        source=_AWS + "kms/latest/developerguide/key-state.html",
    )
    DR841 = Rule(
        "DR841",
        "key-policy",
        says="the policy of an existing key does not allow what the system needs",
        why="Log groups would not be created, objects would not be replicated, and alarms would tell nobody.",
        fix="ask the owner of the key to add the statements that `dr-compile SPEC --explain key-policy` prints",
        source=_AWS + "kms/latest/developerguide/key-policies.html",
    )
    DR855 = Rule(
        "DR855",
        "receiver-unusable",
        says="an existing topic or log destination of the spec cannot be used",
        why="Alarms would tell nobody, or the subscription of a log group could not be created.",
        fix="write the ARN of one that exists in the region; a topic needs no encryption, or a key of its owner",
        source=_AWS + "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
    )
    DR856 = Rule(
        "DR856",
        "receiver-policy",
        says="the policy of an existing topic or log destination does not allow what the system needs",
        why="Alarms are raised and reach nobody, without an error. CloudWatch Logs rejects the subscription of a log "
        "group, and the stack rolls back.",
        fix="ask the owner to add the statements that `dr-compile SPEC --explain topic-policy` prints, or "
        "`--explain log-policy` for a log destination",
        source=_AWS + "sns/latest/dg/sns-access-policy-use-cases.html",
    )
    DR857 = Rule(
        "DR857",
        "region-not-enabled",
        says="the account has not enabled a region of the spec",
        why="Regions that AWS opened after March 2019 are off until an account enables them.",
        fix="ask whoever owns the account to enable the region (`aws account enable-region`), or name another one; "
        "it can take hours",
        source=_AWS + "accounts/latest/reference/manage-acct-regions.html",
    )
    DR858 = Rule(
        "DR858",
        "rest-log-role",
        says="no role lets API Gateway write the log of a REST API",
        why="The role is a setting of the account in a region, for all REST APIs there. Without it API Gateway rejects "
        "a stage that logs, and the stack rolls back. Others may depend on it, so dr-deploy never changes it.",
        fix="ask who owns the account to set `cloudwatchRoleArn` of API Gateway in this region",
        source=_AWS + "apigateway/latest/developerguide/set-up-logging.html",
    )
    DR862 = Rule(
        "DR862",
        "rest-apis-full",
        says="the account has no room for another REST API",
        why="An account has at most 600 regional REST APIs in a region, and AWS does not raise that. The API cannot be "
        "created, and its stack rolls back.",
        fix="delete REST APIs that nobody needs, or deploy into another account",
        source=_AWS + "apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html",
    )
    DR848 = Rule(
        "DR848",
        "domain-changed",
        says="the system is deployed under another domain",
        why="The update would replace the zone, the certificates, the domain names and the records. Clients would get "
        "no answer under the old name before they know the new one.",
        fix="write the domain that is deployed; docs/domain.md says how clients move to another domain",
        source=_AWS + "apigateway/latest/developerguide/http-api-custom-domain-names.html",
    )
    DR849 = Rule(
        "DR849",
        "subnet-unusable",
        says="a subnet of an existing network is not what the spec says, or has too few addresses",
        why="Functions could not be created in it, or not all of them could run there after a failover.",
        fix="correct the ids and zones in `network.existing`; ask the owner of the network for larger subnets",
        source=_AWS + "lambda/latest/dg/configuration-vpc.html",
    )
    DR850 = Rule(
        "DR850",
        "endpoint-missing",
        says="an existing network has no endpoint of a service that the spec names",
        why="Calls of the functions to this service would time out.",
        fix="ask the owner of the network for the endpoint, or remove the service from `endpoints` and accept DR366 "
        "with the reason",
        source=_AWS + "vpc/latest/privatelink/vpc-endpoints-access.html",
    )


class Requests:
    """What a person asks for on the command line."""

    DR870 = Rule(
        "DR870",
        "option-value",
        says="an option has a value that AWS would refuse",
        why="Environment and suffix are part of every name, and other values go into parameters and tags. "
        "CloudFormation would refuse them in the middle of a deployment.",
        fix="write the value in the form that the message names, or leave the option out: the spec has a value",
        source=_CFN + "UserGuide/parameters-section-structure.html",
    )


class Operations:
    """Change sets, stack operations and code."""

    DR830 = Rule(
        "DR830",
        "stack-stuck",
        says="a stack is in a state that does not allow an update",
        why="CloudFormation does not accept a change set in this state. A person must choose how to continue.",
        fix="bring the stack into a stable state as the message says, then run dr-deploy again",
        source=_CFN + "UserGuide/troubleshooting.html",
    )
    DR831 = Rule(
        "DR831",
        "data-at-stake",
        says="a change set would remove or replace a resource that holds data, or remove one that waits for a value",
        why="The old resource is retained, so no data is deleted. But the system would continue with a new, empty "
        "resource, and the old one would keep its name.",
        fix="undo the change in the spec; if you want the change, name the resource with `--allow-replace`",
        source=_CFN + "UserGuide/using-cfn-updating-stacks-update-behaviors.html",
    )
    DR832 = Rule(
        "DR832",
        "change-set-refused",
        says="CloudFormation rejects a change set",
        why="CloudFormation detected that the deployment would fail. It has not changed anything.",
        fix="fix what the message names, then run dr-deploy again",
        source=_CFN + "UserGuide/validate-stack-deployments.html",
    )
    DR833 = Rule(
        "DR833",
        "operation-failed",
        says="a stack operation failed and was rolled back",
        why="dr-deploy finishes the other stacks of the same wave and does not start later waves.",
        fix="fix what the message names, then run dr-deploy again; it continues from here",
        source=_CFN + "UserGuide/troubleshooting.html",
    )
    DR860 = Rule(
        "DR860",
        "alarm-rings",
        says="the alarm of a region rings before an operation there",
        why="CloudFormation would take the change back at once, and nobody could tell whether it makes things worse.",
        fix="find out what is wrong in the region; if the change is to mend it, add `--through-alarm`",
        source=_CFN + "UserGuide/using-cfn-rollback-triggers.html",
    )
    DR861 = Rule(
        "DR861",
        "alarm-rang",
        says="a change was taken back because the alarm of its region rang",
        why="A change is watched in one region before it goes to the next. dr-deploy does not start later waves.",
        fix="correct what made the alarm ring, then run dr-deploy again",
        source=_CFN + "UserGuide/using-cfn-rollback-triggers.html",
    )
    DR834 = Rule(
        "DR834",
        "output-missing",
        says="a stack does not have an output that a later wave needs",
        why="The stack was deployed from another template, or someone changed it by hand.",
        fix="deploy the stack with this output first, without `--only`",
    )
    DR835 = Rule(
        "DR835",
        "code-bucket",
        says="dr-deploy cannot upload the code of a function, or the function would run different code",
        why="The functions of both regions must run exactly the same code.",
        fix="allow the principal to use the bucket, or name another one with `--code-bucket REGION=NAME`",
    )
    DR864 = Rule(
        "DR864",
        "code-bucket-unversioned",
        says="a code bucket keeps no versions of its objects",
        why="A function is given the version of its archive, so that nobody can replace the code under the same key. "
        "A bucket without versioning has no versions to give.",
        fix="turn on versioning of the bucket",
        source=_AWS + "AmazonS3/latest/userguide/Versioning.html",
    )
    DR885 = Rule(
        "DR885",
        "not-proposable",
        says="nothing can be proposed now",
        why="A proposal says what every wave will change. While a token is rotated, or a region does not answer, that "
        "depends on when the proposal is executed.",
        fix="run `dr-deploy` without `--propose` until it says that nothing had to be changed, then propose",
    )
    DR886 = Rule(
        "DR886",
        "proposal-unreadable",
        says="the file is not a proposal",
        why="dr-deploy executes only what it has written itself. A file that is cut off has lost something that "
        "somebody reviewed.",
        fix="name the file that `dr-deploy SPEC --propose FILE` has written, or propose again",
    )
    DR887 = Rule(
        "DR887",
        "proposal-version",
        says="the proposal was made by another version of dr-compile",
        why="Another version may order the waves, or predict their changes, in another way.",
        fix="use the version that made the proposal, or propose again",
    )
    DR888 = Rule(
        "DR888",
        "proposal-edited",
        says="the content of the proposal does not have the digest that is in it",
        why="Something has changed the file since it was written, so it is not what was reviewed. The digest finds "
        "accidents: who changes a file on purpose can change the digest too.",
        fix="fetch the file again from where it was written, or propose again",
    )
    DR889 = Rule(
        "DR889",
        "proposal-elsewhere",
        says="the proposal is for another account, system or region",
        why="It was reviewed for one place. Anywhere else the same changes may mean something else.",
        fix="use credentials and a spec of the place that the proposal names, or propose again",
    )
    DR890 = Rule(
        "DR890",
        "proposal-templates",
        says="the templates are not those of the proposal",
        why="Somebody reviewed other templates than those that would be deployed.",
        fix="check out the revision that was proposed, or propose again from this one",
    )
    DR891 = Rule(
        "DR891",
        "proposal-code",
        says="the code that was proposed is not in the code bucket any more",
        why="A proposal names code by the version of an object and its SHA-256. Nothing else is deployed in its place.",
        fix="propose again: that uploads the code again",
    )
    DR892 = Rule(
        "DR892",
        "proposal-outdated",
        says="a stack was changed after the proposal was made",
        why="What the proposal says of the changes holds for the stack as it was then.",
        fix="propose again, and let the new proposal be reviewed",
    )
    DR893 = Rule(
        "DR893",
        "proposal-change-set",
        says="a change set is not the one that was proposed",
        why="Who may create change sets can put another one in its place. dr-deploy compares what CloudFormation has, "
        "and deletes a change set that nobody reviewed.",
        fix="find out who made it (CloudTrail, CreateChangeSet), then run the same command again",
        source=_AWS + "AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html",
    )
    DR894 = Rule(
        "DR894",
        "proposal-prediction",
        says="a later wave would do something else than what was proposed",
        why="The approval covers the changes in the proposal. dr-deploy stops before it executes another one. What was "
        "executed before stays.",
        fix="look at the change; propose again from what exists now, and let the new proposal be reviewed",
    )
    DR895 = Rule(
        "DR895",
        "template-replaced",
        says="CloudFormation read another template than the one that dr-deploy sent",
        why="A template that is too large for a request travels through the code bucket. Somebody who may write to the "
        "bucket replaced the object, so the change set would deploy what nobody reviewed. dr-deploy deleted it.",
        fix="find out who wrote to the code bucket (CloudTrail data events, versions of the object), take the right to "
        "write away from them, and run dr-deploy again",
        source=_AWS + "AWSCloudFormation/latest/APIReference/API_GetTemplate.html",
    )
    DR865 = Rule(
        "DR865",
        "code-missing",
        says="nothing says which code a function is to run",
        why="The spec names no `source`, so the code is released elsewhere, and dr-deploy keeps the code that is "
        "deployed. There is none yet in this stack.",
        fix="give the code with `--code NAME=PATH`, or write `source` into the spec",
    )
    DR626 = Rule(
        "DR626",
        "release-changes-more",
        says="a change set of `--only-code` would change more than code and what follows from it",
        why="The stack keeps its template and its values, so something else has changed under it: a value that "
        "CloudFormation reads anew, or a macro. dr-deploy took the change set back.",
        fix="look at what the message names; run dr-deploy without `--only-code` if the change is wanted",
        source=_CFN + "APIReference/API_CreateChangeSet.html",
    )
    DR869 = Rule(
        "DR869",
        "code-does-not-fit",
        says="code cannot be released into what is deployed",
        why="`--only-code` keeps the deployed templates. They must have the function, with the handler and the runtime "
        "that the code is written for.",
        fix="deploy the topology first, without `--only-code`",
    )
    DR627 = Rule(
        "DR627",
        "nothing-may-go",
        says="`--destroy` finds resources that AWS would keep",
        why="Without their stacks they would go on costing money, and their names would block the next copy. The spec "
        "and the deployed templates must both say that everything may go.",
        fix="if nobody needs the data, write `deployment: {on_delete: delete}` into the spec, accept `data-deleted`, "
        "compile and deploy it, then run `--destroy` again",
        source=_CFN + "TemplateReference/aws-attribute-deletionpolicy.html",
    )
    DR496 = Rule(
        "DR496",
        "not-deleted",
        says="AWS refuses to delete a part of a system",
        why="Something uses it that does not belong to the system, or AWS does not delete it yet. The rest of its "
        "stack is gone; stacks that were not reached are untouched.",
        fix="remove what the message names, then run `--destroy` again; it continues from here",
        source=_CFN + "UserGuide/troubleshooting.html",
    )
    DR628 = Rule(
        "DR628",
        "code-differs",
        says="the regions run different code of a function",
        why="A release reaches one region first. If it is interrupted, the regions have different code, and a "
        "failover would then also be a change of code. The spec names no `source` for the function, so dr-deploy "
        "cannot know which of them is meant.",
        fix="release one code in all regions with `--code NAME=sha256:DIGEST` or `--code NAME=PATH`",
    )
    DR629 = Rule(
        "DR629",
        "code-left-different",
        severity=Severity.WARNING,
        says="a run that does not touch every region leaves them with different code",
        why="A failover would also be a change of code.",
        fix="run dr-deploy without `--only` as soon as you can",
    )
    DR866 = Rule(
        "DR866",
        "archive-missing",
        says="no code bucket has an archive with the digest that `--code` names",
        why="Only what was deployed from the bucket before, and is still there, can be released by its digest.",
        fix="correct the digest, or give the code itself with `--code NAME=PATH`",
    )
    DR867 = Rule(
        "DR867",
        "archive-ambiguous",
        says="several archives have a digest that begins as `--code` says",
        why="It would be chance which of them is released.",
        fix="write more digits of the digest",
    )
    DR868 = Rule(
        "DR868",
        "archive-replaced",
        says="the archive under a key is not the one that its digest stands for",
        why="Somebody who may write to the code bucket put something else under the key of the archive, and no earlier "
        "version of the object has the right content. dr-deploy releases nothing that it cannot prove.",
        fix="release the code from its source with `--code NAME=PATH`, and find out who wrote to the code bucket "
        "(CloudTrail data events, versions of the object)",
        source=_AWS + "AmazonS3/latest/userguide/Versioning.html",
    )
    DR837 = Rule(
        "DR837",
        "call-refused",
        says="AWS rejects a call",
        why="Operations that have started continue in AWS. dr-deploy has not started any others.",
        fix="fix what the message names (most often a missing permission), then run dr-deploy again; it continues "
        "from here",
    )
    DR871 = Rule(
        "DR871",
        "answer-unreadable",
        says="something other than AWS answers a call",
        why="A proxy, a firewall or a sign-in page of the network answered in place of AWS, again and again. "
        "Operations that have started continue in AWS.",
        fix="look at the proxy of this machine (`HTTPS_PROXY`, `NO_PROXY`) and at `--endpoint-url`, then run dr-deploy "
        "again; it continues from here",
        source="https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html",
    )
    DR838 = Rule(
        "DR838",
        "no-end",
        says="an operation takes longer than dr-deploy waits",
        why="The operation continues in AWS.",
        fix="look at the events of the stack; when the operation has ended, run dr-deploy again; it continues from "
        "there",
    )
    DR843 = Rule(
        "DR843",
        "rotation-refused",
        says="the token of the health checks cannot be rotated now",
        why="Route 53 may ask only for a token that every region answers. A region that is left out or does not answer "
        "would keep the old token, fail its health check, and stay unhealthy when it comes back.",
        fix="run `dr-deploy --rotate-token` without `--only` when all regions answer",
    )
    DR844 = Rule(
        "DR844",
        "no-latch",
        says="there is nothing to hold or to release",
        why="With `failback: automatic` the health check of the primary region alone decides where clients go.",
        fix="write `failback: manual` into the spec and deploy it while both regions work; to move clients today, make "
        "the health check of the primary fail, for example by a reservation of 0 for its health function",
    )
    DR845 = Rule(
        "DR845",
        "primary-does-not-answer",
        says="clients are not released, because the primary region does not answer",
        why="Route 53 would send clients to a region that cannot serve them, or they would be held again.",
        fix="wait until the primary answers; if only you cannot reach it, add `--even-if-primary-is-down`",
    )
    DR842 = Rule(
        "DR842",
        "changed-elsewhere",
        says="something other than dr-deploy made the last change to a stack",
        why="This deployment restores what the spec says. dr-deploy still shows a change set and asks before it "
        "starts.",
        fix="read the changes before you confirm them; write into the spec what you want to keep",
        severity=Severity.WARNING,
    )
