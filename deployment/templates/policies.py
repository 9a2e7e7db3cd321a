"""Looks at every policy in templates, as far as the templates themselves tell what is deployed.

Usage: policies.py <template.json>...

Prints a line for each fault, and exits 1 if there is any: an action that there is not, a condition key that an action
does not know, a resource of a kind that it does not have, every resource where it could name one, and what else parliament
finds. What AWS knows of actions is in policy_sentry's copy of the service authorization reference.
"""

import functools
import json
import sys
from collections.abc import Iterator

from parliament import analyze_policy_string
from parliament.statement import get_global_key_type
from policy_sentry.querying.actions import get_action_data

ARNS = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:us-east-1:111122223333:table/Table",
    "AWS::KMS::Key": "arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012",
    "AWS::Lambda::Function": "arn:aws:lambda:us-east-1:111122223333:function:Function",
    "AWS::Logs::LogGroup": "arn:aws:logs:us-east-1:111122223333:log-group:Group:*",
    "AWS::SQS::Queue": "arn:aws:sqs:us-east-1:111122223333:Queue",
    "AWS::Events::Rule": "arn:aws:events:us-east-1:111122223333:rule/Rule",
}
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "111122223333"}

# parliament's own copy of the reference is older: condition keys are looked up in policy_sentry's.
OUTDATED = {"UNKNOWN_CONDITION_FOR_ACTION"}


def resolved(value, types: dict[str, str]):
    """A value as it could be once it is deployed."""
    if isinstance(value, list):
        return [resolved(item, types) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(resolved(part, types) for part in parts)
    if "Fn::GetAtt" in value:
        return ARNS[types[value["Fn::GetAtt"][0]]]
    if "Ref" in value:
        return PSEUDO.get(value["Ref"], "Name")
    return {name: resolved(item, types) for name, item in value.items()}


def policies(value, path: str = "") -> Iterator[tuple[str, dict]]:
    """Every policy below a value, and where it is."""
    if isinstance(value, dict):
        if "Statement" in value:
            yield path, value
        for name, item in value.items():
            yield from policies(item, f"{path}/{name}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from policies(item, f"{path}/{index}")


def list_of(value) -> list:
    return value if isinstance(value, list) else [value]


@functools.cache
def rows_of(action: str) -> list[dict]:
    """What AWS says of an action, a row for each kind of resource; nothing if there is no such action."""
    service, _, name = action.partition(":")
    data = get_action_data(service, name)
    return data[service] if data else []


def knows(key: str, documented: str) -> bool:
    """Whether a condition key is a documented one, such as `kms:EncryptionContext:${EncryptionContextKey}`."""
    fixed, variable, _ = documented.partition("$")
    return key.startswith(fixed) if variable else key == documented


def faults_of_statement(statement: dict) -> Iterator[str]:
    keys = [key for condition in statement.get("Condition", {}).values() for key in condition]
    for action in list_of(statement["Action"]):
        rows = rows_of(action)
        if not rows:
            yield f"there is no action {action}"
            continue
        documented = {key for row in rows for key in row["condition_keys"]}
        for key in keys:
            if not get_global_key_type(key) and not any(knows(key, one) for one in documented):
                yield f"{action} does not know the condition key {key}"
        could_name = any(row["resource_arn_format"] != "*" for row in rows)
        if "*" in list_of(statement.get("Resource", [])) and "Principal" not in statement and could_name:
            yield f"{action} could name its resources, and is granted on all"


@functools.cache
def faults_of_policy(text: str) -> tuple[str, ...]:
    policy = json.loads(text)
    found = [fault for statement in list_of(policy["Statement"]) for fault in faults_of_statement(statement)]
    # parliament knows the policies of identities alone: those of resources name a principal.
    if not any("Principal" in statement for statement in list_of(policy["Statement"])):
        findings = analyze_policy_string(text).findings
        found += [f"{one.issue} {one.detail}" for one in findings if one.issue not in OUTDATED]
    return tuple(dict.fromkeys(found))


def faults(template: dict) -> Iterator[str]:
    """A line for each fault of the policies in a template."""
    types = {name: resource["Type"] for name, resource in template["Resources"].items()}
    for path, policy in policies(template["Resources"]):
        for fault in faults_of_policy(json.dumps(resolved(policy, types))):
            yield f"{path}: {fault}"


if __name__ == "__main__":
    found = 0
    for file in sys.argv[1:]:
        with open(file, encoding="utf-8") as text:
            for fault in faults(json.load(text)):
                print(f"{file}: {fault}")
                found += 1
    sys.exit(1 if found else 0)
