"""The fifty traps of a two-region topology, and what becomes of each: a rule, or the reason why there is none."""

from __future__ import annotations

from compiler.diagnostics.model import Rule
from compiler.diagnostics.rules import Code
from compiler.rules.table import CHECKS
from compiler.support.frozen import frozen


@frozen
class Trap:
    """One trap: what goes wrong, the rules outside the table that also meet it, and what no rule can say."""

    number: int
    says: str
    elsewhere: tuple[Rule, ...] = ()
    reason: str = ""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule that reports it, by code."""
        found = {rule for check in CHECKS if self.number in check.traps for rule in check.codes} | set(self.elsewhere)
        return tuple(sorted(found, key=lambda rule: rule.code))


TRAPS: tuple[Trap, ...] = (
    Trap(1, "Functions reserve more environments than the account can reserve, and the last one is refused.",
         (Code.DR311,)),
    Trap(2, "A reservation of 100 looks like plenty and caps a function at 1,000 requests a second."),
    Trap(3, "A global table stands in the stacks of both regions, or its own region is not among its replicas.",
         (Code.DR617,)),
    Trap(4, "One replica has a customer managed key and another has none, so the table is refused."),
    Trap(5, "A table has several replicas and no stream to feed them from."),
    Trap(6, "The table is created before the key of the other region exists.", (Code.DR610,)),
    Trap(7, "One update adds a replica and changes something else; it fails and cannot be rolled back.",
         (Code.DR618,),
         "The waves of a first deployment are judged. A later change of `regions` or of a table's indexes is a "
         "difference between two versions: `dr-compile --diff` says what the update would do to the table."),
    Trap(8, "Warm throughput is lowered, which DynamoDB never does.", (Code.DR618,),
         "What the waves and the template itself ask for is judged. Whether a later version asks for less than is "
         "deployed is a difference between two versions, which `dr-compile --diff` shows."),
    Trap(9, "Replication leads to a bucket that is not there yet or keeps no versions.", (Code.DR611,)),
    Trap(10, "Replicas name the wrong key, or the role may not use it: accepted, and every object fails silently."),
    Trap(11, "The role is bound to the context of objects while bucket keys make it that of the bucket."),
    Trap(12, "A rule asks for another time than 15 minutes, or has a filter without the parts that go with it."),
    Trap(13, "Lag is watched in the wrong region: S3 publishes it at the destination, DynamoDB at the source."),
    Trap(14, "An alarm lacks the dimension `Operation` and never has data, or has data only while things go wrong "
             "and never clears."),
    Trap(15, "The status of health checks is watched outside us-east-1, where it does not exist."),
    Trap(16, "An alarm tells a topic of another region."),
    Trap(17, "The topic is under AWS's own key, or its key does not let CloudWatch in: alarms tell nobody."),
    Trap(18, "A policy of one's own on the topic forgets CloudWatch, which the default one let in."),
    Trap(19, "A log group's key does not let the Logs service of its region in: the group is refused."),
    Trap(20, "Whoever deploys may not make the grant that a function or a table needs on its key.", (),
         "The key's side is judged: it lets the account make grants. The rights of the person or pipeline that "
         "deploys lie outside the templates; they need `kms:CreateGrant`, `kms:Encrypt` and `kms:DescribeKey`."),
    Trap(21, "The stacks of both regions give a role the same name, which is unique in the account.", (Code.DR615,)),
    Trap(22, "A key or trust policy names a role that does not exist yet or is not visible yet."),
    Trap(23, "A function's code lies in a bucket of the other region."),
    Trap(24, "A certificate is of the other region, or waits for a zone that nobody has delegated.",
         (Code.DR612, Code.DR825),
         "That the zone comes in an earlier wave is judged. Whether its name servers are entered at the registrar by "
         "then is known out there only: `dr-deploy` looks, and waits before anything asks for a certificate."),
    Trap(25, "Deleting one region's stack takes away the validation record that both certificates share."),
    Trap(26, "A domain's security policy is one that an HTTP API, or the checkers of Route 53, do not speak."),
    Trap(27, "A health check asks the name that it decides about, or a host name that nothing answers."),
    Trap(28, "The health path wants credentials, does not exist, or answers slower than a checker waits.",
         (Code.DR409,)),
    Trap(29, "The health path answers 200 though the table behind it is dead.", (),
         "That the function may read a table is judged. What its code then does is its own: the shipped function "
         "reads and writes the table at each check, which its tests show."),
    Trap(30, "A health check follows an alarm on a percentile, on some of several periods, or on metric math."),
    Trap(31, "An alarm is edited and the health check that follows it is not, so the old threshold goes on ruling.",
         (), "It cannot arise from a spec: an alarm that a check follows has a name that changes with what it "
         "watches, so that a change makes another alarm and updates the check. With a partial of your own, change "
         "the name too: Route 53 reads an alarm's settings only when the check itself is created or updated."),
    Trap(32, "A drill sets an alarm's state by hand, and nothing happens.", (),
         "An act of operation. A check that follows an alarm reads the metric, not the state: drill by putting data "
         "into the metric, or by making the health path fail."),
    Trap(33, "Failover records lack their identifier, the records for IPv6, or the answer that is meant when both "
             "regions fail."),
    Trap(34, "Traffic returns by itself to a primary that has not caught up.", (),
         "A choice of the spec, `dns.failback`: `automatic` returns as soon as the primary answers, `manual` holds "
         "clients in the standby until an operator lets them go (failback.md). Alarms on replication lag say when "
         "the primary has caught up."),
    Trap(35, "Logs are sent straight to a stream of another region, with a role where none may be, under a policy "
             "that names an ARN, or before the role's policy is there.", (Code.DR610,)),
    Trap(36, "A peering has routes on one side only, security groups named across regions, or overlapping ranges.",
         (Code.DR304,),
         "Names of the other VPC do not resolve across a peering of two regions unless that is switched on, for which "
         "CloudFormation has no property: address the far endpoint by the name that AWS gives it."),
    Trap(37, "A function in private subnets calls the other region through a gateway endpoint, and times out."),
    Trap(38, "Everything is retained under fixed names, so creating it again finds that it exists already.",
         (Code.DR824,),
         "An act of operation: `dr-deploy` creates with `RetainExceptOnCreate`, so that a failed first creation "
         "leaves nothing behind, and looks for names that are taken before it begins. What a deleted stack left is "
         "taken in again by a change set with `--import-existing-resources`, names written out."),
    Trap(39, "A stack that is made again makes a second hosted zone with other name servers, a second VPC and key.",
         (Code.DR827,),
         "An act of operation: name the zone that is there in `dns.hosted_zone`, and import the key and the network "
         "before the stack is created again."),
    Trap(40, "A resource is retained when its stack is deleted, but not when it is replaced."),
    Trap(41, "A zone with accelerated recovery and tables protected against deletion keep a stack from being deleted.",
         (), "Meant so. With `Retain` on everything, deleting a stack leaves them alone; to really remove them, "
         "switch the protection off first."),
    Trap(42, "A bucket's name ends in `-an`, has dots with acceleration, or grows too long with account and region."),
    Trap(43, "The bucket for access logs is under a KMS key, and no log ever arrives."),
    Trap(44, "The standby's functions are idle for two weeks and lose their network: the first calls of the failover "
             "fail."),
    Trap(45, "Quotas are raised in the primary region only.", (Code.DR473, Code.DR311)),
    Trap(46, "Values are read from another stack by `Fn::GetStackOutput`, which fails in some places and grows stale "
             "in the others."),
    Trap(47, "The partition key has few values or grows with time, and one partition takes all writes."),
    Trap(48, "A dead-letter queue is believed to protect the API's calls, which never reach it."),
    Trap(49, "A function may run longer than its API waits: the client is told of a failure while it goes on writing."),
    Trap(50, "cfn-lint calls a runtime outdated that AWS still supports.", (Code.DR403,),
         "Runtimes are judged by AWS's own table. The table of the installed cfn-lint says the same, which a test "
         "shows; an older one can be overruled in the section `accept`."),
)  # fmt: skip
