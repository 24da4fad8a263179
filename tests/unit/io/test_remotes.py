"""How remotes are reached, and that no result and no error of one is lost."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from overlays.io import remotes
from overlays.io.remotes import Access
from overlays.model.lock import Cause, Failure
from overlays.model.plan import Pairs, Repository
from overlays_node.store import Resolved
from tests.support.git_http import GitServer, Status
from tests.support.git_repo import GitRepo


@pytest.fixture
def server(tmp_path: pathlib.Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "served") as running:
        yield running


def wanted(server: GitServer, repo: str, ref: str = "") -> Repository:
    return Repository(repo, ref, server.url(repo), "private", (), False)


def make(server: GitServer, repo: str) -> GitRepo:
    made = GitRepo(server.root / f"{repo}.git")
    made.commit({"x": repo})
    return made


def resolve(
    *repositories: Repository, jobs: int = 8, known: dict[str, str] | None = None
) -> tuple[dict[str, Resolved | Failure], list[int]]:
    """The answers, and what `each` was called with."""
    counts: list[int] = []
    with (
        remotes.scratch_folder() as scratch,
        remotes.opened(Access(jobs, 10, 10, (), ()), scratch) as opened,
    ):
        answers = remotes.resolve_all(opened, repositories, counts.append, known)
    assert not scratch.exists()
    return answers, counts


@pytest.mark.parametrize("jobs", [1, 8])
def test_answers_come_in_the_order_of_the_question(server: GitServer, jobs: int) -> None:
    heads = {}
    for number in range(5):
        repo = f"acme/r{number}"
        heads[repo] = make(server, repo).git("rev-parse", "main")
    server.faults["acme/r1"] = Status(500)
    questions = [wanted(server, repo, "gone" if repo == "acme/r3" else "main") for repo in heads]
    answers, counts = resolve(*questions, jobs=jobs)
    assert [*answers] == [*heads]
    assert counts == [0, 1, 2, 3, 4, 5]
    kinds = {repo: answer.cause for repo, answer in answers.items() if isinstance(answer, Failure)}
    assert kinds == {"acme/r1": Cause.REPOSITORY, "acme/r3": Cause.REF}
    commits = {repo: answer.commit for repo, answer in answers.items() if isinstance(answer, Resolved)}
    assert commits == {repo: heads[repo] for repo in ("acme/r0", "acme/r2", "acme/r4")}


def test_nothing_is_asked_of_nobody() -> None:
    assert resolve() == ({}, [0])


def test_a_tag_that_is_known_is_not_looked_at_again(server: GitServer) -> None:
    made = make(server, "acme/one")
    commit = made.git("rev-parse", "main")
    made.tag("v1", commit, annotated=True)
    for known, packs in (({}, 1), ({"acme/one": commit}, 0), ({"acme/one": "0" * 40}, 1)):
        server.requests.clear()
        answers, _ = resolve(wanted(server, "acme/one", "v1"), known=known)
        assert answers == {"acme/one": Resolved(commit, "tag")}
        assert any(request.pack for request in server.requests) == bool(packs)
    server.requests.clear()
    resolve(wanted(server, "acme/one", commit), known={"acme/one": commit})
    assert any(request.pack for request in server.requests)


def test_a_bug_of_ours_is_no_failure_of_a_repository(server: GitServer) -> None:
    with pytest.raises(AttributeError):
        resolve(wanted(server, "acme/one")._replace(ref=7))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "by_path"),
    [
        ((), False),
        ((("credential.helper", "store"), ("credential.https://git.example.com.helper", "!gh")), False),
        ((("credential.https://git.example.com/.username", "bot"),), False),
        ((("credential.usehttppath", "false"),), False),
        ((("credential.usehttppath", "true"),), True),
        ((("credential.https://git.example.com.usehttppath", "1"),), True),
        ((("credential.https://git.example.com/acme.helper", "store"),), True),
        ((("credential.https://git.example.com/acme/one.git.helper", "store"),), True),
    ],
)
def test_whether_repositories_of_one_server_share_a_connection(
    tmp_path: pathlib.Path, settings: Pairs, by_path: bool
) -> None:
    with remotes.opened(Access(1, 1, 1, (), settings), tmp_path) as opened:
        assert (opened.remote("https://git.example.com/acme/one.git").greetings is None) == by_path
