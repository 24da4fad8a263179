"""What an agent gets of what is served."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from overlays_node.agent_view import View, view
from overlays_node.agents import LIMITED, Agent
from overlays_node.choosing import Choice, Served, choose
from overlays_node.config import Source
from overlays_node.items import SURFACES, Item, Offer

Names = Mapping[str, "list[str]"]


def offers(*sources: Names, unservable: tuple[tuple[int, str], ...] = ()) -> dict[str, Served]:
    """What these sources serve, each with names by surface; of skills those are broken that are named so."""
    found = {}
    for surface in SURFACES:
        each = []
        for at, names in enumerate(sources):
            items = (
                Item(surface, name, at, name, "broken" if (at, name) in unservable else None)
                for name in names.get(surface, [])
            )
            each.append(Offer(tuple(items)))
        found[surface] = choose(surface, each)
    return found


def see(agent: Agent, *sources: Names, persona: bytes | None = None, **more: object) -> View:
    served = offers(*sources, **more)  # type: ignore[arg-type]
    return view(agent, served, [Source(f"acme/{at}", ()) for at in range(len(sources))], lambda _: persona)


def allowed(**lists: tuple[str, ...] | None) -> dict[str, tuple[str, ...] | None]:
    return {**dict.fromkeys(LIMITED), **lists}


def names(found: View, surface: str = "skills") -> list[str]:
    return [one.choice.name for one in found.surfaces[surface]]


ALL: Names = {
    "tools": ["git-log", "search"],
    "workflows": ["nightly"],
    "skills": ["pdf", "code-review", "code-style"],
    "personas": ["kind", "brief"],
    "prompt": ["acme/0"],
}


def test_without_lists_an_agent_gets_everything() -> None:
    found = see(Agent("a"), ALL)
    assert {surface: names(found, surface) for surface in SURFACES} == {
        "tools": ["git-log", "search"],
        "workflows": ["nightly"],
        "skills": ["code-review", "code-style", "pdf"],
        "personas": ["brief", "kind"],
        "prompt": ["acme/0"],
    }
    assert found.unmatched == {"tools": (), "workflows": (), "skills": (), "personas": ()}
    assert (found.skills_from, found.lost_preload, found.problem) == ("all", (), "")
    assert {one.by for surface in SURFACES for one in found.surfaces[surface]} == {()}


def test_an_empty_list_is_none_and_each_surface_has_its_own() -> None:
    agent = Agent("a", allowed=allowed(skills=(), tools=("git-*", "svn-*"), personas=("kind",)), system_prompt=False)
    found = see(agent, ALL)
    assert {surface: names(found, surface) for surface in SURFACES} == {
        "tools": ["git-log"],
        "workflows": ["nightly"],
        "skills": [],
        "personas": ["kind"],
        "prompt": [],
    }
    assert found.unmatched == {"tools": ("svn-*",), "workflows": (), "skills": (), "personas": ()}
    assert found.skills_from == "agent"


def test_an_item_tells_which_patterns_match_it() -> None:
    found = see(Agent("a", allowed=allowed(skills=("code-*", "*-review", "pdf"))), ALL)
    assert [(one.choice.name, one.delivered, one.by, one.preload, one.problem) for one in found.surfaces["skills"]] == [
        ("code-review", "code-review", ("code-*", "*-review"), False, ""),
        ("code-style", "code-style", ("code-*",), False, ""),
        ("pdf", "pdf", ("pdf",), False, ""),
    ]


def test_what_nothing_is_served_under_is_nobodys_and_matches_no_pattern() -> None:
    found = see(Agent("a", allowed=allowed(skills=("pdf", "x"))), ALL, {"skills": ["pdf"]}, unservable=((1, "pdf"),))
    assert names(found) == []
    assert found.unmatched["skills"] == ("pdf", "x")


def test_builtins_count_as_matched_but_are_no_items() -> None:
    served = offers(ALL)
    agent = Agent("a", allowed=allowed(skills=("cao-*", "pdf"), tools=("cao-*",)))
    found = view(agent, served, [Source("acme/0", ())], lambda _: None, frozenset(["cao-memory"]))
    assert names(found) == ["pdf"]
    assert found.unmatched == {"tools": ("cao-*",), "workflows": (), "skills": (), "personas": ()}


def test_mounted_skills_have_another_name_which_may_be_too_long() -> None:
    long, fits = "s" * 60, "s" * 59
    found = see(Agent("a", mount_as={"skills": "team"}), {"skills": [long, fits, "pdf"], "tools": ["pdf"]})
    assert [(one.delivered, one.problem) for one in found.surfaces["skills"]] == [
        ("team-pdf", ""),
        (f"team-{fits}", ""),
        (f"team-{long}", f"it would be delivered as {f'team-{long}'!r}: 65 characters, 64 is the most"),
    ]
    assert [one.delivered for one in found.surfaces["tools"]] == ["pdf"]


def test_a_mounted_skill_whose_name_cannot_be_changed_is_left_out() -> None:
    served = choose("skills", [Offer((Item("skills", "pdf", 0, "pdf", None, "", "it is so"),))])
    for mount, delivered, problem in (
        ({}, "pdf", ""),
        ({"skills": "team"}, "team-pdf", "it cannot be delivered as 'team-pdf': it is so"),
    ):
        agent = Agent("a", mount_as=mount, preload=("pdf",))
        found = view(agent, {"skills": served}, [Source("acme/0", ())], lambda _: None).surfaces["skills"]
        assert [(one.delivered, one.preload, one.problem) for one in found] == [(delivered, not problem, problem)]


def test_patterns_and_preload_use_the_original_name() -> None:
    agent = Agent("a", allowed=allowed(skills=("pdf",)), preload=("pdf",), mount_as={"skills": "team"})
    found = see(agent, ALL)
    assert [(one.delivered, one.preload) for one in found.surfaces["skills"]] == [("team-pdf", True)]
    assert see(Agent("a", allowed=allowed(skills=("team-*",)), mount_as={"skills": "team"}), ALL).unmatched["skills"]


def preloaded(served: dict[str, Served], preload: list[tuple[str, ...]], agent: Agent | None = None) -> list[str]:
    sources = [Source("acme/x", (), asked) for asked in preload]
    found = view(agent or Agent("a"), served, sources, lambda _: None)
    return [one.choice.name for one in found.surfaces["skills"] if one.preload]


def test_preload_of_a_source_counts_in_the_winner_and_in_every_copy_that_it_replaces() -> None:
    served = offers({"skills": ["pdf"]}, {"skills": ["pdf"]}, {"skills": ["pdf"]}, {"skills": ["other"]})
    for asking in ([("pdf",), (), (), ()], [(), ("pdf",), (), ()], [(), (), ("pdf",), ()]):
        assert preloaded(served, asking) == ["pdf"]
    assert preloaded(served, [(), (), (), ("pdf",)]) == []  # that source has no such skill
    assert preloaded(served, [("pdf",), ("pdf",), (), ("other",)]) == ["other", "pdf"]


def test_preload_counts_for_one_directory_that_two_sources_offer() -> None:
    items = [Item("skills", "pdf", at, "pdf", None, "/same") for at in range(2)]
    served = {"skills": choose("skills", [Offer((one,)) for one in items])}
    assert served["skills"].choices == (Choice("pdf", items[1], (), items[1], again=(0,)),)
    assert preloaded(served, [("pdf",), ()]) == preloaded(served, [(), ("pdf",)]) == ["pdf"]
    assert preloaded(served, [(), ()]) == []


def test_preload_is_only_for_skills_of_the_agent_and_only_with_a_prompt() -> None:
    served = offers(ALL)
    code = allowed(skills=("code-*",))
    assert preloaded(served, [("pdf", "code-style")], Agent("a", allowed=code, preload=("code-review",))) == [
        "code-review",
        "code-style",
    ]
    assert preloaded(served, [("pdf",)], Agent("a", preload=("pdf",), system_prompt=False)) == []


def test_a_preload_that_is_none_of_its_skills_is_told() -> None:
    agent = Agent("a", allowed=allowed(skills=("code-*",)), preload=("pdf", "code-review", "x", "pdf"))
    assert see(agent, ALL).lost_preload == ("pdf", "x")
    assert view(agent, {}, [], lambda _: None).lost_preload == ("pdf", "code-review", "x")


def test_the_list_of_the_persona_holds_where_the_agent_has_none() -> None:
    data = b"---\nskills: [pdf, x]\n---\n"
    found = see(Agent("a", persona="kind"), ALL, persona=data)
    assert (names(found), found.unmatched["skills"]) == (["pdf"], ("x",))
    assert (found.skills_from, found.problem) == ("persona", "")
    found = see(Agent("a", persona="kind", allowed=allowed(skills=("code-*",))), ALL, persona=data)
    assert (names(found), found.skills_from, found.problem) == (["code-review", "code-style"], "agent", "")
    found = see(Agent("a", persona="kind"), ALL, persona=b"Be kind.")
    assert (names(found), found.skills_from) == (["code-review", "code-style", "pdf"], "all")
    assert names(see(Agent("a", persona="kind"), ALL, persona=b"---\nskills: []\n---\n")) == []


def test_a_persona_that_cannot_be_relied_on_grants_no_skill() -> None:
    cases = [
        ("none", b"", None, "persona 'none': no source serves one of that name"),
        ("kind", b"", ("brief",), "persona 'kind': is none of the agent's personas"),
        ("kind", None, None, "persona 'kind': there is no file to read its skills from"),
        ("kind", b"---\nskills: pdf\n---\n", None, "persona 'kind': line 2: skills is no plain list of texts on one"),
    ]
    for persona, data, personas, problem in cases:
        found = see(Agent("a", persona=persona, allowed=allowed(personas=personas)), ALL, persona=data)
        assert (names(found), found.skills_from) == ([], "persona")
        assert found.problem.startswith(problem)
        own = allowed(personas=personas, skills=("pdf",))
        found = see(Agent("a", persona=persona, allowed=own), ALL, persona=data)
        assert names(found) == ["pdf"]
        assert found.problem.startswith(problem)


def test_a_persona_that_is_broken_is_none() -> None:
    found = see(Agent("a", persona="kind"), ALL, {"personas": ["kind"]}, unservable=((1, "kind"),))
    assert found.problem == "persona 'kind': no source serves one of that name"


LOOSE = ["lib.py", "pyproject.toml", "_x/pyproject.toml", "_x/run.py", "_x/y/z.py", "_xy/run.py", "a/b.py"]


def test_loose_files_bring_nothing_that_a_list_keeps_away() -> None:
    every, some, none = (see(Agent("a", allowed=dict.fromkeys(LIMITED, one)), ALL) for one in (None, ("x",), ()))
    assert some.loose("tools", LOOSE) == ["lib.py", "pyproject.toml", "_xy/run.py", "a/b.py"]
    assert some.loose("workflows", LOOSE) == LOOSE
    assert some.loose("skills", LOOSE) == some.loose("personas", LOOSE) == ()
    for surface in LIMITED:
        assert every.loose(surface, LOOSE) == LOOSE
        assert none.loose(surface, LOOSE) == ()


def test_loose_files_do_not_follow_a_list_that_the_persona_has() -> None:
    found = see(Agent("a", persona="kind"), ALL, persona=b"---\nskills: [pdf]\n---\n")
    assert found.loose("skills", LOOSE) == ()


def test_loose_files_lie_in_no_copy_that_has_another_name() -> None:
    found = see(Agent("a", mount_as={"skills": "team"}), ALL)
    assert found.loose("skills", ["team-pdf/x", "team-pdf", "team-x/x", "pdf/x"]) == ["team-x/x", "pdf/x"]


def test_what_it_may_have_is_told_of_any_name() -> None:
    found = see(Agent("a", allowed=allowed(skills=("code-*",), tools=())), ALL)
    asked = [("skills", "code-x"), ("skills", "pdf"), ("tools", "search"), ("workflows", "x"), ("prompt", "acme/9")]
    assert [found.may_have(*one) for one in asked] == [True, False, False, True, True]


SKILLS = st.lists(st.text("ab-[]*!", min_size=1, max_size=4), max_size=6)


@given(st.lists(SKILLS, min_size=1, max_size=3), st.none() | st.lists(st.text("ab-[]*?!", max_size=4), max_size=4))
def test_it_is_an_independent_filter(sources: list[list[str]], patterns: list[str] | None) -> None:
    lists = allowed(skills=None if patterns is None else tuple(patterns))
    found = see(Agent("a", allowed=lists), *({"skills": list(dict.fromkeys(one))} for one in sources))
    there = sorted({name for one in sources for name in one})
    if patterns is None:
        assert names(found) == there
    else:
        assert names(found) == [name for name in there if any(fnmatch.fnmatchcase(name, one) for one in patterns)]
        unmatched = [one for one in patterns if not any(fnmatch.fnmatchcase(name, one) for name in there)]
        assert list(found.unmatched["skills"]) == unmatched


def test_fifty_agents_of_five_thousand_skills_are_fast() -> None:
    served = offers({"skills": [f"area{number % 50}-skill-{number:05d}" for number in range(5000)]})
    sources = [Source("acme/0", (), ("area0-skill-00000",))]
    begun = time.process_time()
    for number in range(50):
        skills = (f"area{number}-*", f"area?-skill-0{number:02d}*", f"*-{number:05d}", "area1-skill-00001")
        assert len(names(view(Agent("a", allowed=allowed(skills=skills)), served, sources, lambda _: None))) >= 100
    assert time.process_time() - begun < 1
