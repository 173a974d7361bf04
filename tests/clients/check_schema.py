"""Validates YAML files against a JSON Schema: check_schema.py SCHEMA FILE…

Prints what is wrong, one line each, and ends with 1 if anything is.
"""

import json
import sys

import yaml
from jsonschema import Draft202012Validator


class Loader(yaml.SafeLoader):
    """Leaves times as the text that they are in JSON."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def main(schema_path, paths):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    faults = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            definition = yaml.load(file, Loader=Loader)
        for error in validator.iter_errors(definition):
            print(f"{path}: {error.json_path}: {error.message}")
            faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
