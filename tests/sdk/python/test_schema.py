"""`portolan schema` under an independent validator: it takes the files that Portolan takes, and refuses wrong ones."""

import json
import os
import pathlib
import subprocess

import jsonschema
import pytest
import yaml

from conftest import RELEASE

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
DOCUMENTS = REPOSITORY / "crates" / "portolan-config" / "tests" / "documents"


class Loader(yaml.SafeLoader):
    """YAML 1.1 as Kong reads it: dates stay texts."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parsed(text):
    return yaml.load(text, Loader)


def files():
    written = [*REPOSITORY.glob("examples/*.yaml"), *DOCUMENTS.glob("*.yaml"), *DOCUMENTS.glob("*.json")]
    return sorted(
        path
        for path in written
        # What decK's templates stand for is not known yet.
        if not path.name.endswith(".expected.json") and "${{" not in path.read_text()
    )


def printed(*arguments):
    binary = os.environ.get("PORTOLAN_BIN", RELEASE / "portolan")
    return subprocess.run([binary, "schema", *arguments], capture_output=True, check=True, text=True).stdout


@pytest.fixture(scope="session")
def validator():
    schema = json.loads(printed())
    kind = jsonschema.validators.validator_for(schema, default=None)
    assert kind is jsonschema.Draft202012Validator
    kind.check_schema(schema)
    return kind(schema)


def faults(validator, document):
    found = (jsonschema.exceptions.best_match([error]) for error in validator.iter_errors(document))
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def test_there_are_files():
    assert len(files()) >= 40


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_files_that_load_are_valid(validator, path):
    text = path.read_text()
    document = json.loads(text) if path.suffix == ".json" else parsed(text)
    assert faults(validator, document) == []


SOUND = """
_format_version: "3.0"
services:
- name: chat
  url: https://chat.internal/v1
routes:
- name: chat
  paths: [/chat]
  protocols: [https]
  service: {name: chat}
  plugins:
  - name: ai-proxy-advanced
    config:
      balancer: {retries: 3, failover_criteria: [error, http_429]}
      targets:
      - route_type: llm/v1/chat
        weight: 10
        auth: {header_name: Authorization, header_value: "{vault://env/openai-auth}"}
        model: {provider: openai, name: gpt-4o, options: {temperature: 0.5}}
consumers:
- username: alice
  tags: [eu]
"""

ALSO_SOUND = {
    "as it stands": ("", ""),
    "foreign key as a text": ("service: {name: chat}", "service: chat"),
    "template for a number": ("temperature: 0.5", "temperature: $(headers.heat)"),
    "null for a field without a default": ("temperature: 0.5", "temperature: null"),
    "what is missing comes from a partial": (
        "- route_type: llm/v1/chat\n        weight: 10",
        "- weight: 10",
        "    config:",
        "    partials: [{name: openai}]\n    config:",
    ),
    "plugin without a table": ("name: ai-proxy-advanced", "name: datadog"),
}

WRONG = {
    "no format": ('_format_version: "3.0"\n', ""),
    "format without quotes": ('"3.0"', "3.0"),
    "list in the singular": ("routes:\n", "route:\n"),
    "text in place of a list": ("[/chat]", "/chat"),
    "unknown value": ("provider: openai", "provider: opanai"),
    "unknown value in a list": ("[https]", "[htps]"),
    "out of range": ("retries: 3", "retries: 40000"),
    "text for a number": ("weight: 10", "weight: ten"),
    "number for a text": ("username: alice", "username: 5"),
    "template where none is read": ("weight: 10", "weight: $(headers.weight)"),
    "null in place of a default": ("retries: 3", "retries: null"),
    "misspelt field": ("failover_criteria", "failover_criterion"),
    "required field left out": ("- route_type: llm/v1/chat\n        weight: 10", "- weight: 10"),
    "unknown plugin": ("name: ai-proxy-advanced", "name: ai-proxy-advance"),
    "field of another plugin": ("name: ai-proxy-advanced", "name: ai-proxy"),
    "foreign key with another member": ("{name: chat}", "{name: chat, host: chat}"),
}


def names(snippets):
    # The command that runs the suites reads a test's name up to the first blank.
    return [name.replace(" ", "-") for name in snippets]


def changed(replacements):
    text = SOUND
    for before, after in zip(replacements[::2], replacements[1::2]):
        assert before in text
        text = text.replace(before, after, 1) if before else text
    return parsed(text)


@pytest.mark.parametrize("replacements", ALSO_SOUND.values(), ids=names(ALSO_SOUND))
def test_sound_snippets_are_valid(validator, replacements):
    assert faults(validator, changed(replacements)) == []


@pytest.mark.parametrize("replacements", WRONG.values(), ids=names(WRONG))
def test_wrong_snippets_are_not_valid(validator, replacements):
    assert faults(validator, changed(replacements))
