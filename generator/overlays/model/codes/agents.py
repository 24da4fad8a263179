"""Findings about agents: what each of them gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from overlays.model.code import Code, W

CODES: Final[Mapping[str, Code]] = {
    "OVL601": Code(
        "a pattern that does not mean what it seems to",
        "Patterns of agents are exact names and the globs of Python's `fnmatchcase`: `*`, `?`, `[ab]`, `[!ab]`. "
        "Nothing is trimmed, escaped or negated, and there are no alternatives in braces.",
        W,
    ),
    "OVL602": Code(
        "a pattern of an agent matches nothing",
        "The agent's consumer only logs it, and the agent works without the skill. Told once it is known what the "
        "sources have: by `lint`, `validate --checkouts`, and as a line by `catalog` and at run time. A pattern that "
        "matches a built-in skill of the consumer (`--builtins`) matches something.",
    ),
    "OVL603": Code("a pattern or name stands twice", "It says nothing new. Often another one was meant.", W),
    "OVL604": Code(
        "a preloaded skill is not among the agent's skills",
        "`preload` puts a skill into the agent's prompt. Only what the agent may use can stand there: add the name to "
        "`skills`. With `skills: []` nothing can be preloaded.",
    ),
    "OVL605": Code(
        "a preloaded skill is nowhere",
        "`preload` names a skill that no source serves, so the agent's prompt would lack it in silence.",
    ),
    "OVL606": Code("two agents have one name", "Each agent has a pod template named after it."),
    "OVL607": Code(
        "the persona of an agent cannot be used",
        "It is not among the agent's `personas`, no source serves it, or the list `skills` in its front matter cannot "
        "be read. An agent whose list is not known gets no skill at all, never all of them.",
    ),
    "OVL608": Code(
        "the catalog of an agent costs more than its budget",
        "The list of skills stands in every prompt. Above `budget.tokens` it is an error, above `budget.warnTokens` a "
        "warning. Tokens are an estimate, one for every four bytes of the text that CAO writes (`overlays catalog`).",
    ),
    "OVL609": Code(
        "agents without pod templates",
        "The pods of agents install what they may use from the cache. Without it `agents` renders nothing.",
        W,
    ),
    "OVL610": Code(
        "a copy of a skill cannot have its name",
        "With `mountAs` a copy is named `<mountAs>-<name>`, and the `name:` of its `SKILL.md` is changed to that. A "
        "skill is not delivered to the agent when the new name has more than 64 characters, or when the old one is not "
        "plainly the one name of the file: `name: pdf`.",
    ),
    "OVL611": Code(
        "a source preloads a skill that it does not have",
        "`sources[].skillsPreload` is about the source's own skills: only what it has, and what replaces that, is "
        "preloaded.",
    ),
    "OVL612": Code(
        "`skillsPreload` without effect",
        "The skills of a source are preloaded for agents that may use them and have a prompt: `agents` lists those.",
        W,
    ),
    "OVL613": Code(
        "preloaded skills without a prompt",
        "Preloaded skills stand in `SYSTEM_PROMPT.md`. With `systemPrompt: false` the agent gets none.",
    ),
    "OVL614": Code(
        "a hook gives agents the whole cache",
        "What an agent may use is a boundary only if its container sees nothing else. With `agents` neither the volume "
        "`overlays-cache` nor another volume of the cache's directory or claim can be in their pods.",
    ),
    "OVL615": Code(
        "a key of an agent without effect",
        "Another key of the same agent takes its effect away. Whoever reads the values would believe otherwise.",
        W,
    ),
    "OVL616": Code(
        "the persona of an agent lists no skills",
        "A persona limits the agent's skills only by a list `skills` in its front matter. Without that key the agent "
        "has all skills, as if no persona were named. `skills: []` is none.",
        W,
    ),
    "OVL617": Code(
        "an item of an agent is a link to what the agent does not get",
        "Links bring no agent anything that its lists keep away, also when the link itself is an item that they allow: "
        "no pod of the agent has it, so no catalog lists it.",
        W,
    ),
    "OVL619": Code("there is no such agent", "`--agent` names an entry of `agents` in the values."),
    "OVL620": Code(
        "the list of built-in skills cannot be used",
        "`--builtins` takes a list of `name` and `description` as YAML or JSON, a directory of skills, or the word "
        "`cao`. Each name is one that the directory of a skill can have, and is there once.",
    ),
    "OVL621": Code(
        "built-in skills without a description",
        "The catalog is what the consumer writes into the prompt. A built-in skill whose description is not known "
        "cannot stand there, so the real prompt is longer. The shipped list of CAO's has names alone; its own "
        "directory of skills has the rest.",
        W,
    ),
    "OVL622": Code(
        "a skill that no catalog lists",
        "It is delivered, and the agent is not told of it: its consumer leaves out a skill whose front matter it "
        "cannot read, or whose description or name it does not read as text.",
        W,
    ),
    "OVL623": Code(
        "a file is no catalog",
        "`overlays catalog --diff` compares what `--format json` wrote. The shape is `overlays schema catalog`, and "
        "what is said of skills fits what is said of agents.",
    ),
    "OVL624": Code(
        "a skill for which PromptKit refuses every skill",
        "PromptKit reads every `SKILL.md` below the directories that it is given. At the first that it does not "
        "take it gives up all of them, those of other sources too. So nothing is printed for it. "
        "`overlays lint --profile promptkit` tells everything that it minds.",
    ),
    "OVL625": Code(
        "the front matter of a skill cannot be read",
        "The cache serves a skill by its name alone. A copy that no consumer can read still replaces the older one: "
        "the agent would have no such skill, and nobody would notice.",
    ),
    "OVL630": Code(
        "a file of a skill is not there, or must not be read",
        "`overlays skills cat` answers the same whether there is no such skill, no such file, or a path or a link that "
        "leaves the skill: whoever asks learns nothing about other files. `--verbose` tells the operator which it is.",
    ),
    "OVL631": Code(
        "a file of a skill is too large to be printed",
        "`overlays skills cat` prints files of at most 1 MiB: what it prints is meant for a model.",
    ),
    "OVL632": Code(
        "there is no directory of skills to give to a consumer",
        "`overlays render skills` names the directory in which the pods of this chart have the winners. Without the "
        "cache there are no such pods; `--directory` names a directory of your own.",
    ),
    "OVL633": Code(
        "a document cannot be fetched",
        "`overlays status` reads `http` and `https` URLs, follows no redirect to another server, waits for half a "
        "minute and takes 16 MiB, and nothing that is cut off.",
    ),
    "OVL634": Code(
        "a document is not one of a node or a pod",
        "`overlays status` reads the `.status.json` of a cache and the `installed.json` of a workspace.",
    ),
}
