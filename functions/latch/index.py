"""The latch of a manual failback: answers 200 while clients are to stay in this region, 404 while they are not.

Route 53 asks all the time. At most once in LOOK_SECONDS an environment resolves the TXT record that says which region
answers, and reads the note in its table: `held`, `released_until`, `seen_primary_at`, `by`, `at`, times in seconds.

- The record has named this region for longer than three times its time to live, to every environment, and no
  release is running: `held` becomes true. A resolver may give the answer from before for as long as it lives.
- Only an operator clears it. A release runs until the record has named the primary again for as long, and 15 minutes
  at most: meanwhile the note stays clear though the record still names this region.
- A record that cannot be resolved changes nothing.
- A table that cannot be read leaves what was read last for KNOWN_SECONDS, then 503, which holds nobody: a standby
  whose tables do not answer cannot serve those whom it would keep from the primary.
"""

import json
import os
import secrets
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

LOOK_SECONDS = 5
LOOKS = 5  # of one series: should the clock be set forward once, the others still take longer than an answer lives
KNOWN_SECONDS = 60
RELEASE_SECONDS = 900
BUDGET_SECONDS = 1.4  # a checker waits 2 s
DNS_SECONDS = 0.5
RESOLVER = "169.254.169.253"  # of every VPC, also where a name server of /etc/resolv.conf is gone
TXT, IN, POINTER = 16, 1, 0xC0


def name_servers(file="/etc/resolv.conf"):
    """The name servers of the environment, then the one that every VPC has."""
    try:
        lines = [line.split() for line in Path(file).read_text("ascii", "replace").splitlines()]
    except OSError:
        lines = []
    found = [words[1] for words in lines if words[:1] == ["nameserver"] and len(words) > 1]
    return [*dict.fromkeys([*found, RESOLVER])]


def question(name, number):
    """A query for the TXT records of a name."""
    labels = b"".join(bytes([len(part)]) + part for part in name.rstrip(".").encode("ascii").split(b"."))
    header = number.to_bytes(2, "big") + b"\x01\x00" + b"\0\1\0\0\0\0\0\0"
    return header + labels + b"\0" + TXT.to_bytes(2, "big") + IN.to_bytes(2, "big")


def after_name(data, at):
    """The position behind a name, which may end in a pointer."""
    while data[at]:
        if data[at] & POINTER == POINTER:
            return at + 2
        at += data[at] + 1
    return at + 1


def texts(query, data):
    """The texts of an answer; None where it is no good answer to the query. Raises `IndexError` where it is cut off."""
    good = data[:2] == query[:2] and data[2] & 0x80 and data[3] & 0x0F == 0 and data[4:6] == b"\0\1"
    if not good or data[12 : len(query)].lower() != query[12:].lower():
        return None
    at, found = len(query), set()
    for _ in range(int.from_bytes(data[6:8], "big")):
        at = after_name(data, at)
        kind, size = int.from_bytes(data[at : at + 2], "big"), int.from_bytes(data[at + 8 : at + 10], "big")
        at += 10
        if at + size > len(data):
            raise IndexError("cut off")
        if kind == TXT:
            part, text, end = at, b"", at + size
            while part < end:
                text += data[part + 1 : part + 1 + data[part]]
                part += data[part] + 1
            found.add(text.decode("ascii", "replace"))
        at += size
    return found


def ask(server, query, seconds, port=53):
    """The answer of one name server, by TCP where it does not fit a datagram; raises `OSError` without one."""
    end = time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(seconds)
        udp.connect((server, port))
        udp.send(query)
        data = udp.recv(4096)
    if len(data) < 12 or not data[2] & 0x02:
        return data
    left = max(0.05, end - time.monotonic())
    with socket.create_connection((server, port), timeout=left) as tcp, tcp.makefile("rb") as stream:
        tcp.sendall(len(query).to_bytes(2, "big") + query)
        return stream.read(int.from_bytes(stream.read(2), "big"))


def resolve(name, servers=None, port=53):
    """The one text that a name has; None where it cannot be known now."""
    servers = servers or name_servers()
    for server in servers:
        query = question(name, secrets.randbelow(1 << 16))
        try:
            found = texts(query, ask(server, query, DNS_SECONDS / len(servers), port))
        except (OSError, IndexError):
            continue
        if found is not None:
            return found.pop() if len(found) == 1 else None
    return None


def log(line):
    """One line of the log."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


class Latch:
    """What one environment has seen of the record, and read of the note."""

    def __init__(self, client, environ, look=resolve):
        self._client, self._look = client, look
        self._table, self._record = environ["TABLE"], environ["RECORD"]
        self._own, self._primary = environ["AWS_REGION"], environ["PRIMARY_REGION"]
        self._long = 3 * int(environ["TTL_SECONDS"])
        self._namespace = environ["METRIC_NAMESPACE"]
        self._seen, self._since, self._last, self._looks = "", 0.0, 0.0, 0
        self._held, self._read_at, self._looked_at = False, None, None
        self._pool, self._running = ThreadPoolExecutor(1), None

    def held(self, clock=time.time):
        """Whether clients are to stay here; None where it is not known."""
        now = clock()
        due = self._looked_at is None or not 0 <= now - self._looked_at < LOOK_SECONDS
        if due and (self._running is None or self._running.done()):
            self._looked_at = now
            self._running = self._pool.submit(self.look, now)
        if self._running is not None:
            wait([self._running], BUDGET_SECONDS)
        known = self._read_at is not None and 0 <= now - self._read_at <= KNOWN_SECONDS
        return self._held if known else None

    def look(self, now):
        """Resolves the record, reads the note, and changes it where it has to be."""
        begun = time.monotonic()
        answer = self._look(self._record)
        metrics = {}
        if answer in (self._own, self._primary):
            self._see(answer, now)
            metrics["AnswersHere"] = int(answer == self._own)
        try:
            self._note(answer, now, begun)
            metrics["Held"] = int(self._held)
        except (BotoCoreError, ClientError) as error:
            log({"level": "ERROR", "event": "latch.table", "error": type(error).__name__})
        self._publish(metrics, now)

    def _see(self, answer, now):
        # An answer after a pause, or after the clock was set back, begins anew: nobody looked in between.
        if answer != self._seen or not 0 <= now - self._last <= self._long:
            self._seen, self._since, self._looks = answer, now, 0
        self._last, self._looks = now, self._looks + 1

    def _note(self, answer, now, begun):
        key = {"id": {"S": "latch"}}
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
        self._held, self._read_at = item.get("held", {}).get("BOOL", False), now
        released = float(item.get("released_until", {}).get("N", 0))
        primary_at = float(item.get("seen_primary_at", {}).get("N", 0))
        lasted = answer == self._seen and now - self._since > self._long and self._looks >= LOOKS
        if time.monotonic() - begun > BUDGET_SECONDS / 2:
            return  # the next look has the time to write
        if released > now + RELEASE_SECONDS:
            self._change("SET released_until = :most", "released_until = :had", now + RELEASE_SECONDS, had=released)
        elif answer == self._primary and released and lasted:
            self._change("REMOVE released_until SET seen_primary_at = :now", "released_until = :had", now, had=released)
        elif answer == self._primary and not 0 <= now - primary_at < self._long / 3:
            self._change("SET seen_primary_at = :now", None, now)
        elif answer == self._own and lasted and not self._held:
            self._change(
                "SET held = :yes, #by = :latch, #at = :now REMOVE released_until",
                "(attribute_not_exists(released_until) OR released_until <= :now) AND "
                "(attribute_not_exists(seen_primary_at) OR NOT seen_primary_at BETWEEN :long AND :now)",
                now,
            )

    def _change(self, update, condition, now, had=None):
        values = {":now": {"N": repr(now)}, ":most": {"N": repr(now)}, ":had": {"N": repr(had)}, ":yes": {"BOOL": True},
                  ":latch": {"S": "latch"}, ":long": {"N": repr(now - self._long)}}  # fmt: skip
        said = f"{update} {condition or ''} "
        names = {"#by": "by", "#at": "at"} if "#by" in said else {}
        words = said.replace(",", " ").replace(")", " ").split()
        given = {
            "TableName": self._table, "Key": {"id": {"S": "latch"}}, "UpdateExpression": update,
            "ExpressionAttributeValues": {name: value for name, value in values.items() if name in words},
        }  # fmt: skip
        if names:
            given["ExpressionAttributeNames"] = names
        if condition:
            given["ConditionExpression"] = condition
        try:
            self._client.update_item(**given)
        except self._client.exceptions.ConditionalCheckFailedException:
            return  # somebody released, or another environment saw the primary
        self._held = self._held or ":yes" in words

    def _publish(self, metrics, now):
        """The metrics in the embedded format: CloudWatch takes them out of the log."""
        listed = [{"Name": name, "Unit": "Count"} for name in metrics]
        directive = {"Namespace": self._namespace, "Dimensions": [[]], "Metrics": listed}
        about = {"Timestamp": int(now * 1000), "CloudWatchMetrics": [directive]}
        log({"_aws": about, **metrics} if metrics else {"level": "ERROR", "event": "latch.blind"})


def client():
    """The table's client: one attempt, so that an answer comes within the budget."""
    config = Config(connect_timeout=0.3, read_timeout=0.4, retries={"mode": "standard", "total_max_attempts": 1})
    return boto3.client("dynamodb", config=config)


_latch = Latch(client(), os.environ) if "AWS_LAMBDA_FUNCTION_NAME" in os.environ else None


def handler(_event, _context):
    """Route 53's request; the path holds a token, so nothing of the request is logged."""
    held = _latch.held()
    status = 503 if held is None else 200 if held else 404
    return {"statusCode": status, "headers": {"cache-control": "no-store"}, "body": json.dumps({"held": held})}
