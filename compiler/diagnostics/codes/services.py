"""DR401 to DR419, DR480 and DR481: what a service finds in its own section of the spec.

The rules over templates (DR420 to DR474) are defined in compiler/rules/, each next to its function.
"""

from __future__ import annotations

from compiler.diagnostics.model import Rule, Severity

_AWS = "https://docs.aws.amazon.com/"


class Services:
    DR401 = Rule(
        "DR401",
        "name-length",
        says="a physical name is too long for AWS",
        why="A name contains the environment, the suffix and sometimes the region. It must fit with the longest "
        "values that the parameters allow.",
        fix="choose a shorter name for the entry",
        traps=(42,),
    )
    DR402 = Rule(
        "DR402",
        "bucket-name",
        says="a bucket name breaks the naming rules of S3",
        why="S3 does not create a bucket with this name.",
        fix="choose another name for the bucket",
        source=_AWS + "AmazonS3/latest/userguide/bucketnamingrules.html",
        traps=(42,),
    )
    DR403 = Rule(
        "DR403",
        "runtime",
        says="AWS creates no functions with the runtime of a function",
        why="There is no such runtime, or AWS blocks the creation of functions with it. The compiler counts from the "
        "day on which its facts were read, not from today.",
        fix="choose the newest runtime of the language",
        source=_AWS + "lambda/latest/dg/lambda-runtimes.html",
        traps=(50,),
    )
    DR404 = Rule(
        "DR404",
        "source",
        says="the code of a function cannot be packed",
        why="The functions of both regions run an archive of a folder, or an archive that a build made. dr-deploy "
        "packs all of it or nothing.",
        fix="correct what the message names, then run dr-deploy again",
        source=_AWS + "lambda/latest/dg/configuration-function-zip.html",
    )
    DR405 = Rule(
        "DR405",
        "route",
        says="two routes of the API are the same",
        why="API Gateway rejects the second route.",
        fix="remove one of the routes",
    )
    DR406 = Rule(
        "DR406",
        "timeout",
        says="a function's timeout is longer than the timeout of its API",
        why="The API returns an error while the function is still writing. The client then sends the request again.",
        fix="lower the timeout of the function",
        source=_AWS + "apigateway/latest/developerguide/http-api-quotas.html",
        traps=(49,),
    )
    DR407 = Rule(
        "DR407",
        "index",
        says="DynamoDB does not support these keys or indexes",
        why="DynamoDB does not create the table.",
        fix="change the keys or indexes as the message says",
        source=_AWS + "amazondynamodb/latest/developerguide/ServiceQuotas.html",
    )
    DR408 = Rule(
        "DR408",
        "retention",
        says="CloudWatch Logs does not offer this retention period",
        why="CloudWatch Logs accepts only the periods of a fixed list.",
        fix="choose a number of days from the list",
        source=_AWS + "AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    )
    DR409 = Rule(
        "DR409",
        "health-route",
        says="a route of the API uses the health path",
        why="People and `dr-deploy --release` call this path without credentials, to see whether the region works.",
        fix="choose another path for the route or for `api.health`",
        source=_AWS + "Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html",
        traps=(28,),
    )
    DR410 = Rule(
        "DR410",
        "acceleration",
        says="S3 does not offer Transfer Acceleration in the region of a bucket",
        why="S3 rejects the setting in this region.",
        fix="set `acceleration: false` on the bucket, or choose another region",
        source=_AWS + "AmazonS3/latest/userguide/transfer-acceleration.html",
    )
    DR411 = Rule(
        "DR411",
        "environment-size",
        says="the environment variables of a function are too large",
        why="Lambda allows 4 KB for all environment variables of a function together.",
        fix="move configuration out of the environment variables",
        source=_AWS + "lambda/latest/dg/gettingstarted-limits.html",
    )
    DR412 = Rule(
        "DR412",
        "subnets",
        says="an address range is too small for its subnets",
        why="The range is always divided into eight equal parts, so that a further zone moves no subnet. Each part "
        "needs at least 16 addresses, and enough for the interface endpoints and the functions.",
        fix="choose a larger range",
        source=_AWS + "vpc/latest/userguide/subnet-sizing.html",
    )
    DR413 = Rule(
        "DR413",
        "certificate-name",
        says="a host name is too long for a certificate",
        why="The domain name of a certificate can have at most 64 characters.",
        fix="choose a shorter domain",
        source=_AWS + "acm/latest/userguide/acm-certificate-characteristics.html",
    )
    DR415 = Rule(
        "DR415",
        "zones",
        says="a region has fewer availability zones than the spec asks for",
        why="A number takes the first zones of a list per region, which has only zones that carry functions.",
        fix="write the ids of the zones, or a smaller number",
        source="https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html",
    )
    DR486 = Rule(
        "DR486",
        "zone-elsewhere",
        says="a zone id does not belong to its region",
        why="CloudFormation rejects the subnet.",
        fix="write ids of zones of this region",
        source="https://docs.aws.amazon.com/global-infrastructure/latest/regions/az-ids.html",
    )
    DR487 = Rule(
        "DR487",
        "zone-ids-unknown",
        says="the compiler does not know the zone ids of a region",
        why="A number of zones takes the first zones of a list, and this region has no list yet.",
        fix="write the ids of the zones into `zones`",
        source="https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html",
    )
    DR488 = Rule(
        "DR488",
        "zone-doubtful",
        says="a zone may not carry functions or interface endpoints",
        why="In a few zones AWS offers no functions in a VPC, or no interface endpoints of some services. The stack "
        "then cannot be created.",
        fix="use another zone of the region; if you know that this one has everything, accept the finding",
        source=_AWS + "apigateway/latest/developerguide/apigateway-vpc-links-v2.html",
        severity=Severity.WARNING,
    )
    DR416 = Rule(
        "DR416",
        "handler",
        says="the code of a function does not contain its handler",
        why="Lambda does not check this when it creates the function. Every call fails because Lambda cannot load the "
        "handler, the health checks too.",
        fix="correct `handler` in the spec, or add the file or the function to the code",
        source=_AWS + "lambda/latest/dg/python-handler.html",
    )
    DR417 = Rule(
        "DR417",
        "authorizer-missing",
        says="a route needs a token, but the spec does not say whose",
        why="`auth: jwt` is the default of a route. API Gateway needs the issuer whose tokens it accepts.",
        fix="name the issuer in `api.authorizers`; with several authorizers, name one at the route",
        source=_AWS + "apigateway/latest/developerguide/http-api-jwt-authorizer.html",
    )
    DR418 = Rule(
        "DR418",
        "authorizer-without-effect",
        says="a route that accepts no tokens names an authorizer or scopes",
        why="API Gateway would not check them. Who reads the spec would think that the route is protected.",
        fix="write `auth: jwt`, or remove the field",
        source=_AWS + "apigateway/latest/developerguide/http-api-jwt-authorizer.html",
    )
    DR419 = Rule(
        "DR419",
        "authorizer-unused",
        says="no route uses an authorizer",
        why="The entry has no effect. Often a route has another `auth` or names another authorizer by mistake.",
        fix="use the authorizer in a route, or remove it",
        severity=Severity.WARNING,
    )
    DR480 = Rule(
        "DR480",
        "heartbeat",
        says="a function declares a heartbeat that nobody asks it for",
        why="Only the function behind the health path is called all the time, in both regions. Another one writes no "
        "heartbeat while clients are idle, and the alarm on its silence is raised for nothing.",
        fix="declare the heartbeat on the function behind the health path",
        severity=Severity.WARNING,
    )
    DR481 = Rule(
        "DR481",
        "subscription",
        says="a subscription of alarms would receive nothing",
        why="SNS rejects an endpoint that does not fit the protocol. A queue or function is subscribed to the topic of "
        "its own region only, so that no alarm needs the other region.",
        fix="change the subscription as the message says",
        source=_AWS + "sns/latest/api/API_Subscribe.html",
        traps=(56,),
    )
    DR494 = Rule(
        "DR494",
        "peer-refusal",
        says="the loss of the standby stops transactions in a healthy primary",
        why="With `write: dual-write` and `on_peer_failure: refuse` a document is stored in both regions or nowhere. "
        "So either region alone refuses every transaction that brings one: nothing is lost, and less is available.",
        fix="accept this with a reason, or write `on_peer_failure: accept` and copy later what one region did not take",
        severity=Severity.WARNING,
    )
