"""What policies.py must find. Run by the check itself: the tools are not there for `npm test`."""

import unittest

from policies import faults

TABLE = {"Fn::GetAtt": ["Table", "Arn"]}


def template(statement: dict, **others) -> dict:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
    role = {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyName": "Inline", "PolicyDocument": policy}]}}
    return {"Resources": {"Role": role, "Table": {"Type": "AWS::DynamoDB::Table"}, **others}}


def on_table(action: str, **condition) -> dict:
    return {"Action": action, "Resource": TABLE, **({"Condition": condition} if condition else {})}


SENDING = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMesage", "Resource": "*"}
QUEUE_POLICY = {"Type": "AWS::SQS::QueuePolicy", "Properties": {"PolicyDocument": {"Statement": [SENDING]}}}

REFUSED = [
    ("a misspelt action", on_table("dynamodb:GetItems"), "there is no action dynamodb:GetItems"),
    ("an action of a service that there is not", on_table("dynamo:GetItem"), "there is no action dynamo:GetItem"),
    (
        "one misspelt action of several",
        {"Action": ["dynamodb:GetItem", "dynamodb:Scann"], "Resource": TABLE},
        "there is no action dynamodb:Scann",
    ),
    (
        "a condition key of another service",
        on_table("dynamodb:GetItem", StringEquals={"kms:EncryptionContext:app": "grantkeeper"}),
        "dynamodb:GetItem does not know the condition key kms:EncryptionContext:app",
    ),
    (
        "a misspelt condition key",
        on_table("dynamodb:Query", StringLike={"dynamodb:LeadingKey": "GRANT#*"}),
        "dynamodb:Query does not know the condition key dynamodb:LeadingKey",
    ),
    ("every resource where one could be named", {"Action": "dynamodb:GetItem", "Resource": "*"}, "is granted on all"),
    ("a resource of another kind", on_table("kms:Decrypt"), "RESOURCE_MISMATCH"),
]

ALLOWED = [
    ("an action on what it is for", on_table("dynamodb:GetItem")),
    ("a condition key with a variable part", {
        "Action": "kms:Decrypt",
        "Resource": "arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012",
        "Condition": {"StringEquals": {"kms:EncryptionContext:app": "grantkeeper"}},
    }),
    ("every resource for an action that knows no other", {"Action": "xray:PutTraceSegments", "Resource": "*"}),
    ("a condition key of every service", on_table("dynamodb:GetItem", Bool={"aws:SecureTransport": "true"})),
]


class Policies(unittest.TestCase):
    def test_refuses(self):
        for title, statement, fault in REFUSED:
            with self.subTest(title):
                self.assertIn(fault, "\n".join(faults(template(statement))))

    def test_looks_at_the_policies_of_resources_too(self):
        found = list(faults(template(on_table("dynamodb:GetItem"), Policy=QUEUE_POLICY)))
        self.assertEqual(found, ["/Policy/Properties/PolicyDocument: there is no action sqs:SendMesage"])

    def test_allows(self):
        for title, statement in ALLOWED:
            with self.subTest(title):
                self.assertEqual(list(faults(template(statement))), [])


if __name__ == "__main__":
    unittest.main()
