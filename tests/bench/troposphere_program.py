"""As many resources as a number on the command line says, made with troposphere: what a program of that kind takes."""

from __future__ import annotations

import sys

from troposphere import GetAtt, Ref, Template, dynamodb, iam, kms, s3


def template(count: int) -> str:
    """A template of tables, buckets and roles that refer to one key."""
    made = Template()
    key = made.add_resource(kms.Key("Key", KeyPolicy={"Version": "2012-10-17", "Statement": []}))
    for number in range((count - 1) // 3):
        table = made.add_resource(
            dynamodb.Table(
                f"Table{number}",
                AttributeDefinitions=[dynamodb.AttributeDefinition(AttributeName="id", AttributeType="S")],
                KeySchema=[dynamodb.KeySchema(AttributeName="id", KeyType="HASH")],
                BillingMode="PAY_PER_REQUEST",
                SSESpecification=dynamodb.SSESpecification(SSEEnabled=True, KMSMasterKeyId=Ref(key), SSEType="KMS"),
            )
        )
        bucket = made.add_resource(
            s3.Bucket(f"Bucket{number}", VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"))
        )
        rights = [
            {"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": GetAtt(table, "Arn")},
            {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": GetAtt(bucket, "Arn")},
        ]
        made.add_resource(
            iam.Role(
                f"Role{number}",
                AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": []},
                Policies=[
                    iam.Policy(PolicyName="access", PolicyDocument={"Version": "2012-10-17", "Statement": rights})
                ],
            )
        )
    return str(made.to_json())


if __name__ == "__main__":
    sys.stdout.write(template(int(sys.argv[1])))
