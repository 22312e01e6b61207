# SPDX-License-Identifier: Apache-2.0
"""validate.py SCHEMA DOCUMENT...: exit 0 when every document follows the schema, 1 with the reasons otherwise."""
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit("validate.py: python3-jsonschema is missing: run 'make deps' or install the package python3-jsonschema")


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    wrong = 0
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            document = json.load(file, parse_constant=refuse)
        for error in validator.iter_errors(document):
            where = "/".join(str(part) for part in error.absolute_path)
            print(f"{path}: /{where}: {error.message[:300]}")
            for inner in error.context or []:
                print(f"    {inner.message[:200]}")
            wrong += 1
    return 1 if wrong else 0


sys.exit(main())
