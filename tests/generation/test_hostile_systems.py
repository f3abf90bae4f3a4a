"""Files of systems that would break what reads, stores or asks with them."""

import time

import pytest

from evalsite.core.errors import InputErrors
from generation.pipelines import read_system, read_system_text

FILE = """slug: mine
name: Mine
languages: [en]
backend: {kind: openai, base_url: "http://127.0.0.1:9/v1"}
stages:
  - name: screenplay
    prompt: direct/script
    model: screenwriter
    form: screenplay
"""
PARTED = FILE + "    split: json\n    parts: [a]\n"


def bomb(lines: int = 12) -> str:
    """Each line names the one above ten times."""
    named = [f"      l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, lines)]
    return "\n".join(["    schema:", "      properties: {a: {}}", "      l0: &l0 [x]", *named, ""])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PARTED + bomb(), "has more than 2,000 values"),
        (PARTED + f"    schema: {{properties: {'{a: ' * 45}1{'}' * 45}}}\n", "nest more than 40 deep"),
        (PARTED + "    schema: {properties: {a: {maximum: .nan}}}\n", "which JSON does not know"),
        (PARTED + f"    schema: {{properties: {{a: {{maximum: {10**30}}}}}}}\n", "too large"),
        (PARTED + "    schema: {properties: 5}\n", "the schema has no properties."),
        (PARTED + "    schema: {properties: [a]}\n", "the schema has no properties."),
        (
            PARTED + "    schema: {properties: {a: {type: strng}}}\n",
            "isn't a valid JSON schema at properties.a.type",
        ),
        (PARTED + "    schema: {properties: {a: {$ref: 'http://x.test/a'}}}\n", "refers to another document"),
        (
            PARTED + f"    schema: {{properties: {{a: {{allOf: [{', '.join(['{$ref: "#/a"}'] * 17)}]}}}}}}\n",
            "has more than 16 references",
        ),
        (FILE.replace("name: screenplay", f"name: {'a' * 61}"), "61 characters"),
        (FILE + "    split: headings\n    parts: {A B: [Plan]}\n", "A B isn't a valid name"),
        (FILE.replace("http://", "http://me:secret-1@"), "can't contain a user name or a key"),
        (FILE.replace("/v1", "/v1?key=secret-1"), "can't contain ? or #"),
        (FILE.replace('"http://127.0.0.1:9/v1"', '"http://[::1/v1"'), "isn't a server address"),
        (FILE.replace('/v1"', '/v1", key_env: sk-secret-1'), "isn't the name of an environment variable"),
    ],
)
def test_refused(tmp_path, text, message):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(InputErrors) as refused:
        read_system(path)
    told = " ".join(f"{fault.message} {fault.fix}" for fault in refused.value.errors)
    assert message in told
    assert "secret-1" not in told


def test_a_stop_rule_is_kept_to_the_letter(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(FILE + '    stop: ["\\n\\n", " ###"]\n')
    assert read_system(path).stages[0].stop == ("\n\n", " ###")


@pytest.mark.parametrize("text", ["[" * 20_000, "a: " + "[" * 20_000, "{a: " * 20_000, "- " * 20_000])
def test_deeply_nested_values_are_refused_at_once(text):
    """Parsing all of them took 13 seconds; the time limit leaves room for a busy machine."""
    start = time.process_time()
    with pytest.raises(InputErrors, match="nested more than 100 levels deep"):
        read_system_text(text)
    assert time.process_time() - start < 3
