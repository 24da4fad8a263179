"""Findings about content: what is not safe in skills, prompts and personas, and the configuration of lint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from overlays.model.code import Code, W

CODES: Final[Mapping[str, Code]] = {
    "OVL570": Code(
        "the front matter of a skill holds characters that reorder text",
        'U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069, also as an escape such as `"\\u202e"`. People '
        "who review it and models that read it would see two texts. The characters are named, never printed.",
    ),
    "OVL571": Code(
        "the front matter of a skill holds invisible characters",
        "Soft hyphens, zero-width characters, fillers, and the tags U+E0000 to U+E007F, in which whole sentences can "
        "hide.",
    ),
    "OVL572": Code(
        "the front matter of a skill holds variation selectors",
        "U+FE00 to U+FE0F and U+E0100 to U+E01EF. Emoji have one at times; in a row they carry hidden data.",
        W,
    ),
    "OVL573": Code(
        "a description begins like Markdown",
        "Descriptions stand unescaped in the prompts of agents. A heading, bullet, quote, number, fence or `---` at "
        "the start would be a part of the prompt.",
        W,
    ),
    "OVL574": Code(
        "a description holds markup",
        "`**`, a link, an image, `<` or `>`: some readers take it for more than text. Plain words are enough for an "
        "agent to choose by.",
        W,
    ),
    "OVL575": Code(
        "a description gives orders to the model",
        "A description says what a skill does and when it helps. One that says `always use this skill` or `ignore "
        "previous instructions` steers every agent that sees the catalog, whether it loads the skill or not. The "
        "check knows common words, not every way to say it.",
        W,
    ),
    "OVL576": Code(
        "a text holds characters that reorder or hide text",
        "As OVL570 and the tags of OVL571, in the body of a skill, in a file of it, in a persona or a prompt.",
    ),
    "OVL577": Code(
        "a text holds invisible or control characters",
        "Other than tabs, line ends, and U+200D and U+FE0F in emoji.",
        W,
    ),
    "OVL578": Code(
        "line ends of several kinds in one text",
        "Programs differ on where its lines end, and so on what is a heading, a comment or a command.",
        W,
    ),
    "OVL579": Code(
        "a text that is not UTF-8",
        "What cannot be read cannot be reviewed. Pictures, fonts and documents that begin as their names say are no "
        "texts.",
        W,
    ),
    "OVL580": Code(
        "the body of a skill is long",
        "More than 500 lines or about 5,000 tokens; both can be [configured](lint.md#budgets). An agent reads all of "
        "it when it loads the skill. Tokens are an estimate everywhere: bytes divided by four, rounded up.",
        W,
    ),
    "OVL581": Code(
        "the body of a skill needs files that a consumer does not give",
        "CAO hands out the body alone: an agent there cannot open `references/`, `scripts/` or `assets/`. Told with "
        "`--profile cao` and `--profile all`.",
        W,
    ),
    "OVL582": Code(
        "a link leaves the skill",
        "In Markdown files of a skill: absolute paths, `~`, `file:`, and `..` beyond the directory of the skill. Where "
        "agents get the skill, something else is there, or somebody's private files.",
    ),
    "OVL583": Code(
        "a link leads to nothing",
        "Looked for from the file and from the directory of the skill.",
        W,
    ),
    "OVL584": Code(
        "a script runs what it fetches",
        '`curl … | sh`, `bash <(curl …)`, `eval "$(curl …)"`, base64 decoded into a shell, `iex (iwr …)`, `deno '
        "run https://…`, `curl … -o a.sh && sh a.sh` on one line or within ten, unless a digest or signature is "
        "checked in between. Whoever controls the other end controls the agent, at any time later. Lines of comment "
        "are passed over.",
    ),
    "OVL585": Code(
        "a text tells to run what is fetched",
        "As OVL584, in Markdown and other texts: agents run the commands that they read.",
        W,
    ),
    "OVL586": Code(
        "a script runs a package without a version",
        "`npx`, `uvx`, `pipx run` and their like take the latest version of the package, whoever published it.",
    ),
    "OVL587": Code(
        "a text tells to run a package without a version",
        "As OVL586, in the code of a Markdown file.",
        W,
    ),
    "OVL588": Code(
        "a binary file in a skill",
        "Nobody can review what it does. Pictures, fonts, sounds and documents that begin as their names say are "
        "left alone.",
        W,
    ),
    "OVL589": Code(
        "a private key",
        "Whoever can read the repository has it. Found by its first line; nothing else of it is printed. Revoke it: "
        "it stays in the history.",
    ),
    "OVL590": Code(
        "a token or key of a known service",
        "Found by how such tokens begin. File, line and kind are printed, the value never, in no format. Revoke it: it "
        "stays in the history.",
    ),
    "OVL591": Code(
        "a value that looks like a secret",
        "Long, as if drawn by a program, and set by a name with `key`, `token`, `secret`, `passw` or `credential` in "
        "it. Placeholders such as `your-key-here` are left alone. The value is never printed.",
    ),
    "OVL592": Code(
        "`allowed-tools` grants every command",
        "`*`, `Bash` without a limit, `Bash(*)`, `Bash(sh:*)`: while the skill is in use the agent runs whatever it "
        "likes without asking.",
        W,
    ),
    "OVL593": Code(
        "`allowed-tools` names a tool that nobody provides",
        "`UnknownTool`: it is under no tools surface of an enabled source, none that agents bring along, none in "
        "[`tools`](lint.md#tools) of the configuration. Told with `-f` only, which knows all sources.",
        W,
    ),
    "OVL594": Code(
        "a skill is large",
        "More than 1 MiB in all its files, which is what a ConfigMap takes; [configurable](lint.md#budgets).",
        W,
    ),
    "OVL595": Code(
        "a skill has many files",
        "More than 500; [configurable](lint.md#budgets). Every agent gets a copy of each.",
        W,
    ),
    "OVL596": Code(
        "a skill costs more tokens than its budget",
        "Told when the configuration has a [budget](lint.md#budgets). Tokens are an estimate: bytes divided by four.",
    ),
    "OVL597": Code(
        "a suppression that suppresses nothing",
        "What it was for is mended, or its path or code is wrong. Left there, it would hide the next finding of that "
        "kind.",
        W,
    ),
    "OVL598": Code(
        "the configuration of lint cannot be read",
        "`overlays.toml`, or a `pyproject.toml` with `[tool.overlays]`, is no regular file, not UTF-8, larger than "
        "1 MiB or not TOML.",
    ),
    "OVL599": Code(
        "the configuration of lint says what it must not",
        "An unknown key, code or word, a value of the wrong type, a suppression without a reason or with a path "
        "that means nothing. Nothing is ignored: a misspelt key would switch off nothing, or the wrong thing. What is "
        "right and has no effect is a warning.",
    ),
}
