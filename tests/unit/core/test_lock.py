"""Where list and lock differ."""

from __future__ import annotations

from overlays.core.lock import disagreements, moved
from overlays.model.lock import Drift, Kind, Lock, Locked
from overlays.model.plan import Api, Cache, Delivery, Mode, Plan, Repository, Sandbox, ToolRunner

A, B = "a" * 40, "b" * 40
URL = "https://github.com/acme/one.git"


def plan(*repositories: tuple[str, str, str]) -> Plan:
    """A plan of these (repo, URL, ref) and nothing else that matters here."""
    return Plan(
        Mode.EXPLICIT,
        Delivery.SEPARATE,
        "x",
        (),
        tuple(Repository(repo, ref, url, "private", (), False) for repo, url, ref in repositories),
        (),
        "",
        Cache(True, "/x", "", 30, ()),
        Sandbox("", (), "/w"),
        Api((), (), "", ""),
        ToolRunner("", "", "", ""),
    )


def lock(**entries: Locked) -> Lock:
    return Lock({f"acme/{name}": entry for name, entry in entries.items()})


def test_equal_list_and_lock_agree_in_any_order() -> None:
    list_ = plan(("acme/one", URL, "main"), ("acme/two", URL, ""))
    assert disagreements(list_, lock(two=Locked(URL, "", A), one=Locked(URL, "main", B))) == ()


def test_each_difference_is_told_in_the_order_of_the_list_and_what_left_it_last() -> None:
    list_ = plan(("acme/new", URL, "main"), ("acme/two", URL, "v2"), ("acme/one", "https://b/", ""))
    entries = lock(gone=Locked(URL, "", A), one=Locked(URL, "main", A), two=Locked(URL, "v1", A))
    assert disagreements(list_, entries) == (
        Drift("acme/new", Kind.MISSING),
        Drift("acme/two", Kind.REF, old="v1", new="v2"),
        Drift("acme/one", Kind.URL, old=URL, new="https://b/"),
        Drift("acme/one", Kind.REF, old="main", new=""),
        Drift("acme/gone", Kind.LEFT),
    )


def test_a_ref_moved_only_where_list_and_lock_agree_and_the_server_answered() -> None:
    list_ = plan(("acme/one", URL, "main"), ("acme/two", URL, "v2"), ("acme/mute", URL, ""), ("acme/new", URL, ""))
    entries = lock(one=Locked(URL, "main", A), two=Locked(URL, "v1", A), mute=Locked(URL, "", A))
    commits = {"acme/one": B, "acme/two": B, "acme/new": B}
    assert moved(list_, entries, commits) == (Drift("acme/one", Kind.MOVED, "main", A, B),)
    assert moved(list_, entries, {"acme/one": A}) == ()
