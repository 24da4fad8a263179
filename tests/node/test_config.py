from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

from overlays_node.checks import ManifestError
from overlays_node.config import Repository, Source, digest_of, parse_manifest, read_manifest

URL = "https://git.example/acme/one.git"


def manifest(**changes: Any) -> bytes:
    document = {
        "digest": "sha256:0",
        "mounts": {"api": "/repos", "sandbox": "/home"},
        "repositories": [{"repo": "acme/one", "cloneUrl": URL, "visibility": "private", "ref": "dev", "later": 1}],
        "schemaVersion": 1,
        "sources": [{"repo": "acme/one", "tools": "tools", "skills": ".agents/skills", "prompt": "P.md"}],
    }
    return json.dumps({**document, **changes}).encode()


def test_manifest() -> None:
    data = manifest()
    found = parse_manifest(data)
    assert found.digest == digest_of(data)
    assert found.repositories == (Repository("acme/one", URL, "dev"),)
    assert found.sources == (
        Source("acme/one", (("tools", "tools"), ("skills", ".agents/skills"), ("prompt", "P.md"))),
    )
    assert found.repositories[0].key == "acme%2Fone"


def test_digest_is_of_the_bytes() -> None:
    assert digest_of(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert parse_manifest(manifest()).digest != parse_manifest(manifest() + b"\n").digest


@pytest.mark.parametrize("version", [0, 2, "1", True, None])
def test_unknown_schema_version_is_refused(version: object) -> None:
    with pytest.raises(ManifestError, match="schemaVersion"):
        parse_manifest(manifest(schemaVersion=version))


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b"null"])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(ManifestError):
        parse_manifest(data)


@pytest.mark.parametrize(
    "repo",
    [
        *("", "one", "a/b/c", "/one", "acme/", "../x", "a/..", "a/.", ".a/b", "a/b.git", "public/x", "private/x"),
        *("a/b\n", "-a/b", "a/-b", "a b/c", "a" * 101 + "/b", "a/" + "b" * 101, 7, None),
    ],
)
def test_unsafe_repo_is_refused(repo: object) -> None:
    with pytest.raises(ManifestError, match=r"repositories\[0\].repo: .* is not a legal owner/name"):
        parse_manifest(manifest(repositories=[{"repo": repo, "cloneUrl": URL}]))


@pytest.mark.parametrize(
    "url",
    [
        *("", "ssh://git.example/x", "https://user@git.example/x", "https://git.example/x\n", "--upload-pack=x", "/x"),
        *("ext::sh", "file:///x", "https://git.example/a?b", "https://-x/", None),
    ],
)
def test_unsafe_clone_url_is_refused(url: object) -> None:
    with pytest.raises(ManifestError, match="cloneUrl"):
        parse_manifest(manifest(repositories=[{"repo": "acme/one", "cloneUrl": url}]))


@pytest.mark.parametrize(
    "url",
    ["https://{}@git.example/x", "https://{}/a@b@git.example/x", "ssh://{}@git.example/x", "{}@git.example:x"],
)
@pytest.mark.parametrize("key", ["repo", "cloneUrl", "visibility"])
def test_no_message_shows_a_password(url: str, key: str) -> None:
    entry = {"repo": "acme/one", "cloneUrl": "none", "visibility": "private", key: url.format("bot:s3cr3t")}
    with pytest.raises(ManifestError) as refused:
        parse_manifest(manifest(repositories=[entry]))
    assert "s3cr3t" not in str(refused.value)
    assert key == "visibility" or "***@" in str(refused.value)


def test_passwords_in_other_places_are_not_shown_either() -> None:
    secret = "https://bot:s3cr3t@git.example/x"
    for changes in (
        {"delivery": secret},
        {"schemaVersion": secret},
        {"schemaVersion": {"url": secret}},
        {"sources": [{"repo": secret}]},
        {"sources": [{"repo": "acme/one", "tools": f"{secret}/.."}]},
        {"sources": [{"repo": "acme/one", "tools": [secret]}]},
        {"repositories": [{"repo": "acme/one", "cloneUrl": URL, "ref": [secret]}]},
    ):
        with pytest.raises(ManifestError) as refused:
            parse_manifest(manifest(**changes))
        assert "s3cr3t" not in str(refused.value), changes


@pytest.mark.parametrize(
    "changes",
    [
        {"repositories": {}},
        {"repositories": ["acme/one"]},
        {"repositories": [{"repo": "acme/one", "cloneUrl": URL, "ref": 7}]},
        {"repositories": [{"repo": "acme/one", "cloneUrl": URL}] * 2},
        {"sources": None},
        {"sources": [{"repo": "acme/one", "tools": "../x"}]},
        {"sources": [{"repo": "acme/one", "tools": "/x"}]},
        {"sources": [{"repo": "acme/one", "tools": 1}]},
        {"sources": [{"repo": "one"}]},
    ],
)
def test_wrong_shapes_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ManifestError):
        parse_manifest(manifest(**changes))


@pytest.mark.parametrize(
    ("changes", "delivery"),
    [({}, "separate"), ({"delivery": None}, "separate"), ({"delivery": "merged"}, "merged")],
)
def test_delivery(changes: dict[str, Any], delivery: str) -> None:
    assert parse_manifest(manifest(**changes)).delivery == delivery


@pytest.mark.parametrize("delivery", ["", "Merged", "both", 1, True, ["merged"]])
def test_unknown_delivery_is_refused_by_name(delivery: object) -> None:
    with pytest.raises(ManifestError, match="delivery") as refused:
        parse_manifest(manifest(delivery=delivery))
    assert repr(delivery) in str(refused.value)


@pytest.mark.parametrize("place", ["repositories", "sources"])
def test_the_owner_of_merged_directories_is_refused_with_merged_alone(place: str) -> None:
    entry = {"repo": "overlays/one", "cloneUrl": URL}
    assert parse_manifest(manifest(**{place: [entry]})).delivery == "separate"
    assert parse_manifest(manifest(**{place: [{**entry, "repo": "Overlays/one"}]}, delivery="merged"))
    why = f"{place}: 'overlays/one': with delivery 'merged' the owner 'overlays' is taken"
    with pytest.raises(ManifestError, match=why):
        parse_manifest(manifest(**{place: [entry]}, delivery="merged"))


def test_messages_name_the_file(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ManifestError, match=r"absent\.json: cannot be read"):
        read_manifest(tmp_path / "absent.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ManifestError, match=r"bad\.json: is not JSON"):
        read_manifest(tmp_path / "bad.json")
