"""Secrets: found, told by file, line and kind, and never printed."""

from __future__ import annotations

import base64
import hashlib
import pathlib
import random
import re
import string

import pytest

from overlays.content.hygiene.secrets import Blanks, redacted, secrets
from overlays.content.lint.repository import Repository, examine
from overlays.model.settings import Suppressed, Suppression
from overlays.report import REPORTERS, portability
from tests.support.steps import steps
from tests.unit.content.hygiene.test_rows import lint, skill, told

ALNUM = string.ascii_letters + string.digits


def drawn(length: int, letters: str = ALNUM, seed: int = 7) -> str:
    """What a program draws; the same at every run."""
    return "".join(random.Random(seed).choices(letters, k=length))


# Put together here, so that no file of this repository holds what looks like a token.
TOKENS = {
    "a GitHub token": "gh" + "p_" + drawn(36),
    "a GitHub token, fine-grained": "github" + "_pat_" + drawn(60),
    "a GitLab token": "gl" + "pat-" + drawn(20),
    "an AWS access key": "AK" + "IA" + drawn(16, string.ascii_uppercase + "234567"),
    "a Google API key": "AI" + "za" + drawn(35),
    "a Slack token": "xo" + "xb-" + drawn(24, string.digits) + "-" + drawn(24),
    "a Slack webhook": "hooks."
    + "slack.com/services/T"
    + drawn(8, "ABC123")
    + "/B"
    + drawn(8, "ABC123")
    + "/"
    + drawn(24),
    "an Anthropic API key": "sk-" + "ant-api03-" + drawn(40),
    "an API key that begins with sk-": "sk-" + "proj-" + drawn(40),
    "a Stripe key": "sk" + "_live_" + drawn(24),
    "an npm token": "np" + "m_" + drawn(36),
    "a PyPI token": "pypi-" + "AgE" + drawn(80),
    "a Hugging Face token": "h" + "f_" + drawn(34),
    "a SendGrid key": "SG" + "." + drawn(22) + "." + drawn(43),
    "a DigitalOcean token": "dop" + "_v1_" + drawn(64, "0123456789abcdef"),
    "a Docker token": "dckr" + "_pat_" + drawn(27),
    "a Databricks token": "da" + "pi" + drawn(32, "0123456789abcdef"),
    "a Vault token": "hv" + "s." + drawn(24),
    "an age key": "AGE-SECRET" + "-KEY-1" + drawn(58, string.ascii_uppercase + string.digits),
    "a JSON web token": "ey" + "J" + drawn(30) + ".ey" + "J" + drawn(60) + "." + drawn(43),
}


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize("name", ["SKILL.md", "config.env", "scripts/run.py", "data"])
def test_a_token(kind: str, name: str, tmp_path: pathlib.Path) -> None:
    text = f"a = 1\nurl = 'é{TOKENS[kind]}'\n"
    found = told(lint(tmp_path, {name: skill(body=text) if name == "SKILL.md" else text}))
    line = 6 if name == "SKILL.md" else 2
    assert found == [f"{name}:{line}:9 error OVL590 {kind.removesuffix(', fine-grained')} stands in the file"]


@pytest.mark.parametrize(
    "head", ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PGP PRIVATE KEY BLOCK"]
)
def test_a_private_key(head: str, tmp_path: pathlib.Path) -> None:
    found = told(lint(tmp_path, {"key": f"x\n-----BEGIN {head}-----\n{drawn(64)}\n"}))
    assert found == ["key:2:1 error OVL589 a private key stands in the file"]


VALUES = {
    "base62 of 32": drawn(32),
    "base62 of 40": drawn(40),
    "hex of 32": hashlib.md5(b"1", usedforsecurity=False).hexdigest(),
    "hex of 64": hashlib.sha256(b"1").hexdigest(),
    "base64": base64.b64encode(hashlib.sha256(b"2").digest()).decode(),
    "base64url": base64.urlsafe_b64encode(hashlib.sha256(b"3").digest()).decode().rstrip("="),
}


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(
    ("form", "word"),
    [
        ("API_KEY={}", "key"),
        ("api-key: {}", "key"),
        ('"apiKey": "{}",', "key"),
        ("token = '{}'", "token"),
        ("secret_access_key: '{}' # x", "key"),
        ('client_secret => "{}"', "secret"),
        ("password := {}", "passw"),
        ("export CREDENTIAL={};", "credential"),
    ],
)
def test_a_value_as_if_drawn_at_random(value: str, form: str, word: str, tmp_path: pathlib.Path) -> None:
    line = form.format(VALUES[value])
    (found,) = lint(tmp_path, {"a.conf": f"{line}\n"})
    assert (found.code, found.where.line, found.where.column) == ("OVL591", 1, form.index("{}") + 1)
    assert found.what.startswith("a value as if drawn at random, behind the word ")


@pytest.mark.parametrize(
    "line",
    [
        "API_KEY=your-api-key-goes-here-1234567890",
        "API_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "API_KEY=${API_KEY_FROM_THE_ENVIRONMENT}",
        'api_key = os.environ["OPENAI_API_KEY_FOR_2024"]',
        "token = config.get_token_v2_from_the_store",
        "key: references/a/long/path/to/some/file.md",
        "key = 'a sentence with several words in it, 12 of them'",
        "public_key: " + drawn(40),
        "integrity_key: sha256-" + drawn(44),
        "key: 123e4567-e89b-12d3-a456-426614174000",
        "max_tokens_for_the_summary: 1000000",
        "keyboard: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "password: correct-horse-battery-staple",
        "gh" + "p_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "AK" + "IAIOSFODNN7EXAMPLE",
        "sk-" + "your-key-here-your-key-here-your-key",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----",
        drawn(64),
    ],
)
def test_what_is_no_secret(line: str, tmp_path: pathlib.Path) -> None:
    assert told(lint(tmp_path, {"a.conf": f"{line}\n", "a.md": f"{line}\n"})) == []


def test_random_values_are_found_and_words_are_not() -> None:
    values = [drawn(32, seed=seed) for seed in range(300)]
    found = sum(bool(list(secrets(f"API_KEY={value}\n".encode()))) for value in values)
    assert found >= 285
    rng = random.Random(1)
    words = ["read", "write", "file", "user", "name", "store", "cache", "v2", "index", "default", "handler", "client"]
    names = ["_".join(rng.choices(words, k=6)) for _ in range(300)]
    assert [name for name in names if list(secrets(f'key = "{name}"\n'.encode()))] == []


@pytest.mark.parametrize("surface", ["tools", "workflows", "personas"])
def test_secrets_are_looked_for_in_every_file(surface: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / surface / "a" / "x.py"
    file.parent.mkdir(parents=True)
    file.write_text(f"T = '{TOKENS['a GitHub token']}'\n")
    found = examine(Repository(tmp_path, ".", {surface: surface})).findings
    assert [str(one.where) for one in found if one.code == "OVL590"] == [f"{surface}/a/x.py:1:6"]


def hostile(token: str) -> dict[str, str | bytes]:
    """A skill in which every place that another finding quotes holds a secret."""
    front = (
        f'---\nname: {token}\ndescription: "x"\n{token}: x\nlicense: {token} # cut\n'
        f"allowed-tools: Bash({token}) shell({token}) {token}\nmetadata:\n  {token}: {{a: b}}\n---\n"
    )
    body = f"[a](../{token}) [b]({token}) [c](x/{token}?{token})\ntoken: '{token}'\n"
    return {"SKILL.md": front + body, "a.md": f"{'x' * 60} [a](/{'y' * 60}{token})\n"}


@pytest.mark.parametrize("kind", [*TOKENS, "drawn"])
def test_no_report_holds_a_secret_or_a_part_of_one(kind: str, tmp_path: pathlib.Path) -> None:
    token = TOKENS.get(kind, VALUES["base62 of 40"])
    lint(tmp_path, hostile(token))
    found = examine(Repository(tmp_path, ".", {"skills": ".agents/skills"}, tools=frozenset()))
    assert {"OVL549", "OVL582", "OVL583"} <= {one.code for one in found.findings}
    by = Suppression(found.findings[0].where, "OVL590", "**", "meant")
    reports = [
        REPORTERS[name](found.findings, found.findings, [Suppressed(one, by) for one in found.findings])
        for name in REPORTERS
    ]
    reports += [portability.text(found.rows), portability.document(found.rows)]
    pieces = re.escape(token[:12]), re.escape(token[-8:])
    for text in reports:
        assert "OVL549" in text
        assert not re.search("|".join(pieces), text), re.search("|".join(pieces), text)


def test_a_text_that_was_cut_in_a_secret_is_blanked() -> None:
    token = TOKENS["a GitHub token"]
    blanks = Blanks([token])
    assert blanks.of(f"the link to '{'y' * 60}{token[:20]}…' leaves") == f"the link to '{'y' * 60}[secret]' leaves"
    assert blanks.of(f"{token} '{token}' {token[:8]} {token[:7]}") == f"[secret] '[secret]' [secret] {token[:7]}"
    assert Blanks([]).of(token) == token


def many(folder: pathlib.Path, number: int) -> Repository:
    """Skills that have two secrets of their own each, and another finding."""
    for at in range(number):
        file = folder / ".agents" / "skills" / f"s{at}" / "SKILL.md"
        file.parent.mkdir(parents=True)
        token, value = "gh" + "p_" + drawn(36, seed=2 * at), drawn(40, seed=2 * at + 1)
        body = f"[x](none.md)\n{token}\ntoken: {value}\n"
        file.write_text(f"---\nname: s{at}\ndescription: Does it.\n---\n{body}")
    here = Repository(folder, ".", {"skills": ".agents/skills"})
    assert len(examine(here).findings) > 2.9 * number
    return here


def test_four_times_as_many_secrets_take_four_times_as_many_steps(tmp_path: pathlib.Path) -> None:
    few, more = many(tmp_path / "few", 50), many(tmp_path / "many", 200)
    assert steps(lambda: examine(more)) < 4.4 * steps(lambda: examine(few))


@pytest.mark.parametrize("kind", TOKENS)
def test_a_text_without_its_file_shows_no_token_and_no_part_of_one(kind: str) -> None:
    token = TOKENS[kind]
    assert redacted(f"SKILL.md has the name '{token}', not 'pdf'") == "SKILL.md has the name '[secret]', not 'pdf'"
    assert redacted(f"the name '{token[:-4]}…'") == "the name '[secret]'"


def test_a_text_without_secrets_stays_as_it_is() -> None:
    text = "SKILL.md has the name 'sk-learn-helpers', its directory is 'hf_tools…', \udcff"
    assert redacted(text.replace("hf_tools…", "tools…")) == text.replace("hf_tools…", "tools…")
