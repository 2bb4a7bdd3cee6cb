"""The policy format is the same in the parser, in the schema for editors and in the manual."""

import json
import re

from tree import Finding

CODE = "milter/policy/parse"
REASONS = "milter/extract/reading.cpp"  # the words for what could not be read
SCHEMA = "policies/postwacht-policy.schema.json"
MANUAL = "milter/programs/postwacht.policy.5"

# A key that the parser asks for: reader.string("name"), parse_action_or(table, "action", ...).
READ_KEY = re.compile(r'\b(?:string|strings|integer|boolean|date|duration|table|tables|value|'
                      r'parse_action_or|read_\w+)\(\s*(?:\*?\w+,\s*)?"([a-z][a-z0-9_]*)"')
LITERAL = re.compile(r'"([a-z][a-z0-9_]*)"')


def _properties(schema):
    """The names of all properties in a schema."""
    if isinstance(schema, list):
        return {name for item in schema for name in _properties(item)}
    if not isinstance(schema, dict):
        return set()
    names = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set()
    return names.union(*(_properties(value) for value in schema.values()))


def policy_keys(tree):
    """The schema of policies and postwacht.policy(5) know every key that is read, and no other."""
    code = tree.under(CODE, ".cpp")
    if not code:
        return
    if not tree.has(SCHEMA):
        yield Finding(SCHEMA, 0, "policy_keys", "is missing")
        return
    text = "".join(tree.text(name) for name in code)
    words = tree.text(REASONS) if tree.has(REASONS) else ""
    known = _properties(json.loads(tree.text(SCHEMA)))
    for key in sorted(set(READ_KEY.findall(text)) - known):
        yield Finding(SCHEMA, 0, "policy_keys", f"'{key}' is read but not in the schema")
    for key in sorted(known - set(LITERAL.findall(text + words))):
        yield Finding(SCHEMA, 0, "policy_keys", f"'{key}' is in the schema but not read")
    manual = tree.text(MANUAL) if tree.has(MANUAL) else ""
    for key in sorted(key for key in known if not re.search(rf"\b{key}\b", manual)):
        yield Finding(MANUAL, 0, "policy_keys", f"'{key}' is in the schema but not explained")


RULES = [policy_keys]
