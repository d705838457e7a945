"""Reads a report with what others wrote for it, and prints what was found as JSON.

    read.py sarif|rdjson|junit FILE
"""
import json
import pathlib
import subprocess
import sys

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "target/checkers/schemas"


def against_schema(name, file):
    from jsonschema.validators import validator_for

    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    validator = validator_for(schema)
    validator.check_schema(schema)
    document = json.loads(file.read_text())
    for error in validator(schema, format_checker=validator.FORMAT_CHECKER).iter_errors(document):
        sys.exit(f"{error.json_path}: {error.message}")
    return document


def sarif(file):
    document = against_schema("sarif", file)
    return [len(run["results"]) for run in document["runs"]]


def rdjson(file):
    return len(against_schema("rdjson", file)["diagnostics"])


def junit(file):
    from junitparser import JUnitXml

    subprocess.run(["xmllint", "--noout", "--schema", SCHEMAS / "junit.xsd", file], check=True)
    suites = JUnitXml.fromfile(str(file))
    cases = [case for suite in suites for case in suite]
    return {
        "tests": suites.tests,
        "failures": suites.failures,
        "cases": len(cases),
        "failed": sum(not case.is_passed for case in cases),
        "texts": [result.text or "" for case in cases for result in case.result],
    }


print(json.dumps({"sarif": sarif, "rdjson": rdjson, "junit": junit}[sys.argv[1]](pathlib.Path(sys.argv[2]))))
