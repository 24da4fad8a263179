"""Every code of a finding: its title, its severity, and what it means. docs/findings.md is made from this table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from overlays.model.finding import Severity


class Code(NamedTuple):
    """title: lower case, one line. explanation: Markdown, why it matters and what to do."""

    title: str
    explanation: str
    severity: Severity = Severity.ERROR


_W = Severity.WARNING

GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {"1": "shape", "2": "meaning", "3": "compatibility", "4": "lock and Git", "5": "content"}
)
"""First digit of a code to what its group is about."""

CODES: Final[Mapping[str, Code]] = MappingProxyType(
    {
        "OVL101": Code(
            "a file cannot be read",
            "The file is missing, is a directory, is larger than 16 MiB, or this user may not read it. Only local "
            "files and `-` (standard input, once) are read; fetch a URL first.",
        ),
        "OVL102": Code(
            "a file is not UTF-8 text",
            "Values files are UTF-8, with or without a byte order mark. Helm would put a replacement character where "
            "such a byte stands, or fail without naming the place.",
        ),
        "OVL103": Code(
            "a file is not YAML that Helm reads",
            "A syntax error, or YAML that one of the supported Helms does not read or reads differently: a directive, "
            "a line that begins with `---` inside the document, a tag or number that Helm refuses.",
        ),
        "OVL104": Code(
            "a file has more than one document",
            "Helm 3 reads the first document and drops the others in silence; Helm 4 merges them all. A file that "
            "means two things is refused.",
        ),
        "OVL105": Code(
            "a key stands twice in one map",
            "Helm takes the last one in silence, so the first is lost. The finding is at the second one.",
        ),
        "OVL106": Code("the values are not a map", "A values file is a map of keys to values, or empty."),
        "OVL107": Code(
            "aliases or nesting grow without bound",
            "An anchor that contains itself, aliases of aliases beyond the share at which Helm refuses a file, or maps "
            "and lists nested too deep.",
        ),
        "OVL108": Code(
            "a key is not text",
            "Helm turns values into JSON, whose keys are text. It takes numbers and booleans as keys by making text of "
            "them; a map, a list or a null cannot be a key.",
        ),
        "OVL109": Code(
            "a key before `<<` is overridden by the merge",
            "YAML says that a key of the map wins over the same key of a merged map, wherever `<<` stands. Helm merges "
            "at the place of `<<` and so overrides what stands before it. With `<<` first, both agree.",
            _W,
        ),
        "OVL110": Code(
            "a --set path does not fit the values",
            "The path goes through something that is not a map or a list, where Helm would fail or would replace it.",
        ),
        "OVL111": Code(
            "a key that the schema does not know",
            "Helm ignores a key that no template reads, so a misspelt key changes nothing and nobody notices. Inside "
            "`overlays`, `toolServer` and `repoCache` every key must be known; elsewhere unknown keys pass.",
        ),
        "OVL112": Code("a required key is missing", "Every entry of a list of repositories names its `repo`."),
        "OVL113": Code(
            "a value of the wrong type",
            "Most often an unquoted ref: Helm reads `1234567` as a number, `12e4` as 120000 and `on` as a boolean. The "
            "finding shows what Helm makes of it.",
        ),
        "OVL114": Code(
            "a null",
            "In Helm a null removes a key, also a default, and what a template does then is seldom what was meant. "
            "Inside `overlays`, `toolServer` and `repoCache` it is refused; `toolServer:` with nothing after it means "
            "the defaults, as does a null on a documented key elsewhere.",
        ),
        "OVL115": Code(
            "a name, path or text that is not accepted",
            "Names of repositories, refs, paths, URLs and variables end up in lists that are split at `:`, a space or "
            "`=`, in shell and in Git. [docs/values.md](values.md) says what each key accepts.",
        ),
        "OVL116": Code(
            "a number out of range, or a list too short",
            "[docs/values.md](values.md) states the range of each key.",
        ),
        "OVL117": Code("not one of a few words", "The key takes one of a fixed set of words, spelt exactly so."),
        "OVL118": Code(
            "a file cannot be written",
            "The file of `-o` stays as it was: output is written beside it and then renamed.",
        ),
        "OVL201": Code(
            "two sources give one repository two refs",
            "A repository has one checkout, so it can have only one ref. An entry without `ref` asks for the default "
            "branch, which is another ref too. Entries with `enabled: false` do not count.",
        ),
        "OVL202": Code(
            "two entries of `repoCache.repositories` give one repository two refs",
            "As OVL201, between the object entries of `repoCache.repositories`. A plain `owner/name` states no ref.",
        ),
        "OVL203": Code(
            "one repository has two clone URLs",
            "A repository is cloned from one place. State the URL once; it counts for every entry of the repository.",
        ),
        "OVL204": Code(
            "the cache lives on a claim that does not exist",
            "With `storage.type: persistentVolumeClaim` and neither `existingClaim` nor `create`, the pods would stay "
            "Pending for ever.",
        ),
        "OVL205": Code(
            "compat mode has no base repository",
            "In compat mode the first source is `toolServer.repo`.",
        ),
        "OVL206": Code(
            "credentials without a host, and repositories on several",
            "A password is handed to no host that the user did not name. With one host it is clear which is meant; "
            "with several, list those that shall get it.",
        ),
        "OVL207": Code(
            "`SESSION_SANDBOX_EXTRA_ENV` is not an array of variables",
            "The value is merged by name over the rendered variables, so it has to be a JSON array of objects with "
            "exactly `name` and `value`, both text, no name twice.",
        ),
        "OVL208": Code(
            "two mounts at one path",
            "`repoCache.hostPath`, `overlay.mountPath`, `sandbox.workspace` and the paths of `extraVolumeMounts` are "
            "mount points of one container, and Kubernetes refuses a container with two mounts at one path. Nor can "
            "the workspace lie in the cache, which its installation has mounted read-only, or the cache in the "
            "workspace.",
        ),
        "OVL209": Code(
            "the owner `overlays` with merged delivery",
            "With `overlays.delivery: merged` the cache makes the repositories `overlays/merged` and "
            "`overlays/merged-public`, so no other may have that owner: neither a source nor an entry of "
            "`repoCache.repositories`. Entries with `enabled: false` do not count.",
        ),
        "OVL221": Code(
            "one repository is both public and private",
            "It is private as soon as one entry says so, whatever the order.",
            _W,
        ),
        "OVL222": Code(
            "two repositories differ only by case",
            "Most Git hosts serve one repository under both spellings; it would be cached twice, and on some file "
            "systems in one directory.",
            _W,
        ),
        "OVL223": Code(
            "a directory is listed twice",
            "It stands once in the rendered list, at its last place. A list with the directory twice would make the "
            "API load everything in it twice.",
            _W,
        ),
        "OVL224": Code(
            "something listed cannot be delivered",
            "Without the cache only tools reach the sandboxes, which clone them. Workflows, skills, personas and "
            "prompts of the source do not arrive.",
            _W,
        ),
        "OVL225": Code(
            "`sandbox.reposPath` is not where the cache is",
            "The API is told to look at a path at which nothing puts the repositories.",
            _W,
        ),
        "OVL226": Code(
            "two mechanisms set the prompt",
            "`overlay.systemPrompt` and a `promptPath` both add to the prompt, and no rule says which comes first.",
            _W,
        ),
        "OVL227": Code(
            "a variable of yours replaces a rendered one",
            "The name is one that the list renders too. Yours stands, in the same place, and the sources have no "
            "effect on it any more.",
            _W,
        ),
        "OVL228": Code(
            "a variable is too long for Linux",
            "The kernel starts no process with a `NAME=VALUE` of more than 131,071 bytes: the pod would fail at start. "
            "About 2,000 sources make `TOOL_DIRS` that long.",
            _W,
        ),
        "OVL229": Code(
            "the variables of a container are too long together",
            "With more than 1 MiB of variables, programs in the container cannot start others.",
            _W,
        ),
        "OVL230": Code("a ConfigMap is too large", "Kubernetes refuses a ConfigMap of more than 1 MiB.", _W),
        "OVL231": Code(
            "a clone URL uses a port that is closed",
            "The cache's NetworkPolicy lets it reach DNS and `repoCache.egressPorts`, nothing else.",
            _W,
        ),
        "OVL232": Code(
            "a number loses the way it was written",
            "A variable is text. A fraction or an exponent is printed anew (`1.50` becomes `1.5`); in quotes it stays.",
            _W,
        ),
        "OVL233": Code(
            "`$(NAME)` and `$$` are expanded by Kubernetes",
            "In the variables of a container `$(NAME)` becomes the value of another variable and `$$` becomes `$`. The "
            "text is passed as it is, since that may be what you want.",
            _W,
        ),
        "OVL234": Code(
            "merged delivery without the cache",
            "The cache makes the merged directories. With `repoCache.enabled: false`, `overlays.delivery: merged` does "
            "nothing to the variables: sandboxes clone the tools of every source, as with `separate`.",
            _W,
        ),
        "OVL235": Code(
            "no sandbox pod template",
            "The pods of the template `<fullname>-sandbox` install tools, workflows, skills, personas and prompt from "
            "the cache, so it is rendered with the cache only. The keys of `sandbox` that are about it do nothing.",
            _W,
        ),
        "OVL301": Code(
            "the base repository is not in the list",
            "An explicit list is the whole list: nothing of `toolServer` is added to it. Without the base repository "
            "the tools, workflows and skills that came with it are gone.",
            _W,
        ),
        "OVL302": Code(
            "`toolServer.*` is set next to `overlays.sources`",
            "An explicit list replaces `toolServer.repo`, `ref`, `subdir` and `extraSources`; these keys do nothing.",
            _W,
        ),
        "OVL303": Code(
            "`overlays.sources` is set and empty",
            'An empty list means compat mode, not "no sources".',
            _W,
        ),
        "OVL304": Code(
            "`toolServer.extraSources` is ignored",
            "In compat mode `toolServer.enabled: false` empties the plan, extra sources included.",
            _W,
        ),
        "OVL305": Code(
            "an empty subdirectory that does not switch off",
            'In `toolServer.extraSources` the text `""` means the default, as it does in the original chart. Only in '
            "`overlays.sources` does it switch the surface off.",
            _W,
        ),
        "OVL306": Code("`toolServer.port` does nothing", "The key is accepted because existing files have it.", _W),
        "OVL311": Code(
            "the migrated file would not say the same",
            "`overlays migrate` reads its result again, with all other files and flags, and compares every rendered "
            "variable, the manifest, the digest and all other values of the file. Something differs, so nothing is "
            "printed or written. Most often a file or flag that comes later sets `overlays.sources`, or the text of "
            "the file itself is used as a value, or an alias would stand without its anchor.",
        ),
        "OVL312": Code(
            "a list that cannot be moved by its lines",
            "The list, an entry of it or `toolServer` comes through an alias or `<<`. What an alias repeats may be "
            "used elsewhere, where it has to stay as it is. Also a key that is written with `?`.",
        ),
        "OVL313": Code(
            "the list of the file is not the one that counts",
            "Another file or flag replaces the list, or changes an entry of it. To move it would change what the file "
            "says; to leave it out would lose it.",
        ),
        "OVL314": Code(
            "a file changed between reading and writing",
            "`--write` compares the file once more, right before it replaces it. Nothing is written.",
        ),
        "OVL401": Code(
            "the lock file cannot be read",
            "It is missing where one is needed, is larger than 16 MiB, is not YAML, or Git left conflict markers in "
            "it. `overlays lock` never overwrites a file that it cannot read: it may not be a lock at all.",
        ),
        "OVL402": Code(
            "the lock file is of a newer version",
            "Its `schemaVersion` is one that this program does not know. Use the version that wrote it.",
        ),
        "OVL403": Code(
            "the lock file holds what `overlays lock` does not write",
            "It was edited by hand, or is another file. `overlays schema lock` prints its shape.",
        ),
        "OVL404": Code(
            "a repository is not locked",
            "`overlays render --locked` needs a commit for every repository of the list. `overlays lock --update REPO` "
            "adds one and leaves the others as they are.",
        ),
        "OVL405": Code(
            "a repository is locked for another ref or clone URL",
            "The list changed and the lock did not, so its commit is not what the list asks for.",
        ),
        "OVL406": Code(
            "a repository cannot be asked",
            "The server does not answer in time, refuses, has no such repository, or answers with something else than "
            "a Git repository. The other repositories are asked all the same, and the lock file stays as it was. [The "
            "messages of the node](operations.md#what-lasterror-means) say what Git means by its words.",
        ),
        "OVL407": Code(
            "a ref has no commit",
            "No branch or tag has that name, no commit that id, or what it names is not a commit. Full commits and "
            "tags are looked at on the server; they are not trusted.",
        ),
        "OVL408": Code(
            "a ref that may mean something else tomorrow",
            "An abbreviated commit, a name that looks like one, or a branch and a tag of one name. The lock keeps what "
            "it means today.",
            _W,
        ),
        "OVL409": Code(
            "git cannot be used",
            "It is not installed, too old, or cannot read its own configuration, from which credential helpers come.",
        ),
        "OVL421": Code(
            "git cannot be asked",
            "A side of `overlays diff` is a file of a revision, and git does not read the repository: there is none "
            "here, it belongs to another user (git's `safe.directory`), it is damaged, or git is not installed.",
        ),
        "OVL422": Code(
            "a revision has no such file",
            "The revision names no commit (a shallow clone has only the newest ones), or that commit has no file of "
            "this path. As for git, PATH counts from the top of the repository, and from the working directory when it "
            "begins with `./`. Symbolic links are followed as long as they stay in the repository.",
        ),
        "OVL423": Code(
            "rendered variables that cannot be compared",
            "The file looks like what `overlays render env` prints, but was edited: it is no JSON any more, or a value "
            "is no text. Or the two sides hold the variables of different consumers.",
        ),
        "OVL425": Code(
            "a file is no stream of Kubernetes objects",
            "`overlays diff --helm-output` reads what `helm template` and `helm get manifest` print: YAML documents, "
            "each an object with `apiVersion`, `kind` and a name, or a `List` of such. Values files, the notes of a "
            "release and the messages of Helm are no objects.",
        ),
        "OVL426": Code(
            "an object stands twice in a stream",
            "Two documents with the same group, kind, name space and name are one object to Kubernetes. Most often two "
            "outputs of Helm were joined, or two charts use one name.",
        ),
        "OVL501": Code(
            "a repository is not checked out",
            "The directory of `--checkouts` has every repository of the enabled sources at `owner/name`, or is the "
            "cache of a node. All that are missing are told in one run.",
        ),
        "OVL502": Code(
            "files of a repository cannot be read",
            "Who wins cannot be told without all files.",
        ),
        "OVL503": Code(
            "files of a repository cannot be fetched",
            "The commit is fetched and written as a node does it, with the same limits. All repositories that fail are "
            "told in one run.",
        ),
        "OVL504": Code(
            "the cache for fetched files cannot be written",
            "It is `agent-overlays` in `$XDG_CACHE_HOME` or `~/.cache`, or the directory of `--cache-dir`.",
        ),
        "OVL505": Code(
            "a source shadows an item that its `overrides` do not list",
            "A source that has `overrides` shadows what it lists there and nothing else. Every copy of an item shadows "
            "those of all earlier sources, also when it is itself shadowed. An error with `--fail-on undeclared`, the "
            "default, or `--fail-on shadowing`; else a warning.",
        ),
        "OVL506": Code(
            "a source without `overrides` shadows an item",
            "Told with `--fail-on shadowing` only: every source that shadows something then has to declare it.",
        ),
        "OVL507": Code(
            "nothing is served under a name",
            "The last copy takes the name. When it is broken, or a later source needs its path, no older copy comes "
            "back in its place. An error with `--fail-on invalid`, else a warning.",
            _W,
        ),
        "OVL508": Code(
            "an override that shadows nothing",
            "The item was renamed or removed, in this source or in the one below, and the entry of `overrides` is left "
            "over.",
            _W,
        ),
        "OVL509": Code(
            "a shadowed copy is broken",
            "It is not served, so nothing is lost today.",
            _W,
        ),
        "OVL510": Code(
            "something in a repository is broken and left out",
            "A second item of one name in one source, a workflow whose name cannot be read without running it, a link "
            "that leaves the repository or leads nowhere. `overlays lint` says more. An error with `--fail-on "
            "invalid`, else a warning. Of one source 20 are told.",
            _W,
        ),
        "OVL511": Code(
            "something in a repository is passed over",
            "A directory that the values name and the repository does not have, a Python file too large to be looked "
            "into, a file at a place that an item of another source takes. Of one source 20 are told.",
            _W,
        ),
        "OVL512": Code(
            "there is no such item",
            "`overlays explain SURFACE/NAME` takes the name as the table shows it: `skills/pdf`.",
        ),
        "OVL521": Code(
            "a file or directory of a repository cannot be read",
            "What cannot be read cannot be checked, and is not served either.",
        ),
        "OVL522": Code(
            "a directory or file that was named is not there",
            "A directory at its default place may be missing: the repository then does not serve that surface. One "
            "that somebody wrote down is meant to be there.",
        ),
        "OVL523": Code(
            "a repository offers nothing",
            "There is no tool, workflow, skill, persona or prompt in it at the places where they are looked for. Most "
            "often the wrong directory was named.",
        ),
        "OVL524": Code(
            "a directory of a surface holds no item",
            "Its files are delivered, but there is no tool, workflow, skill or persona among them.",
            _W,
        ),
        "OVL525": Code(
            "an item at a depth at which nobody looks",
            "A skill is a directory right below the directory of the skills, a tool is one or two levels below that of "
            "the tools. Deeper ones are not served. Some agents find a `SKILL.md` at any depth, others do not.",
        ),
        "OVL526": Code(
            "a `SKILL.md` inside another skill",
            "It is a file of that skill and no skill of its own; but some agents take every `SKILL.md` for one, at any "
            "depth.",
            _W,
        ),
        "OVL527": Code(
            "`SKILL.md` is spelt otherwise",
            "The name is exactly `SKILL.md`. On a file system that ignores case another spelling works, on the nodes "
            "of a cluster it does not.",
        ),
        "OVL528": Code(
            "a directory that is no item",
            "A directory of the skills without a `SKILL.md`, or one of the tools without a `pyproject.toml` one or two "
            "levels down. Its files are delivered, merged with those of other sources.",
            _W,
        ),
        "OVL529": Code(
            "an item whose name begins with `.` or `_`",
            "The convention hides drafts and helpers. Not served are tools, skills and personas that are named so, all "
            "tools in a directory named so, Python files named so, and workflows whose `WORKFLOW_NAME` begins so. Of "
            "hidden workflows not even the file is delivered. Directories below that of the workflows are searched "
            "whatever they are called.",
            _W,
        ),
        "OVL530": Code(
            "one name twice in one source",
            "Of two items of one name the first by path is served and the other is lost. Between sources the later one "
            "wins, which is what the list is for; within one source it is a mistake.",
        ),
        "OVL531": Code(
            "a workflow whose name cannot be read",
            'The name is found without running the file: a line `WORKFLOW_NAME = "name"` at the left margin, with one '
            "plain text. A file that says it in another way is left out.",
        ),
        "OVL532": Code(
            "a Python file of the workflows is larger than 1 MiB",
            "It is not looked into. It could be a workflow of any name, so it is not delivered. Move data into a file "
            "that is not called `*.py`.",
            _W,
        ),
        "OVL533": Code(
            "`__init__.py` in the directory of the workflows",
            "Workflows are loaded file by file from several directories. The file makes a package of this one, which "
            "hides the packages of the same name in other sources.",
        ),
        "OVL534": Code(
            "a link that is not delivered",
            "Links stay inside their repository: absolute ones, those that leave the tree, those that lead nowhere or "
            "in a circle are left out.",
        ),
        "OVL535": Code(
            "neither file, directory nor link",
            "Git does not keep pipes, sockets and devices; nobody else will see it. It is never opened.",
            _W,
        ),
        "OVL536": Code(
            "a submodule",
            "The cache fetches one commit of one repository and nothing else: where the submodule belongs there will "
            "be nothing. Name that repository as a source of its own.",
        ),
        "OVL537": Code(
            "a file is larger than 10 MiB",
            "Every node fetches it and keeps it, and agents get copies of it.",
            _W,
        ),
        "OVL538": Code(
            "two names differ only by case",
            "On the file systems of macOS and Windows one of the two overwrites the other when the repository is "
            "checked out. Accents that are encoded in two ways count too.",
            _W,
        ),
        "OVL539": Code(
            "executable bits that do not fit",
            "A file that begins with `#!` is meant to be run, and one that is executable has to say by `#!` how. Of "
            "all permissions Git keeps only the executable bit: setuid, setgid and sticky bits do not travel.",
            _W,
        ),
        "OVL540": Code(
            "a name that cannot be shown",
            "The name of a file holds control characters, or is not UTF-8. Programs that list names print something "
            "else, or fail.",
            _W,
        ),
        "OVL541": Code(
            "more than the cache takes",
            "Names of 255 bytes, paths of 2,048 bytes and 100 levels, 200,000 files, nothing named `.git`: beyond that "
            "the cache refuses the whole repository.",
        ),
        "OVL542": Code(
            "what was there at `--base` cannot be looked at",
            "The directory is in no Git repository, or the commit is not there. A checkout in CI often has the last "
            "commit only: fetch the one to compare with.",
        ),
        "OVL543": Code(
            "a prompt is larger than 1 MiB",
            "Nothing of it is served. The prompts of all sources are one text that agents read at every start.",
        ),
        "OVL545": Code(
            "`SKILL.md` is not readable text",
            "A regular file, no link; UTF-8 without NUL bytes; at most 1 MiB. Nothing is served under the name of the "
            "skill otherwise, not even an older copy.",
        ),
        "OVL546": Code(
            "the front matter is not marked as such",
            "The first line of the file is exactly `---`, without blanks or a byte order mark, and so is the line that "
            "ends the front matter. Readers differ on everything else, and ours serves nothing else.",
        ),
        "OVL547": Code(
            "the front matter is not YAML",
            "Or it is YAML that no reader of skills expects: a list, a second document, a tag, more than 64 KiB. Most "
            "often a value holds `: ` and is not quoted.",
        ),
        "OVL548": Code(
            "a key stands twice in the front matter",
            "Some readers take the last one, others refuse the file.",
        ),
        "OVL549": Code(
            "the name of a skill is wrong",
            "`name` is 1 to 64 lower-case ASCII letters, digits and single hyphens between them, is equal to the name "
            "of the directory, and stands plainly on one line.",
        ),
        "OVL550": Code(
            "the description of a skill is wrong",
            "`description` is a text of 1 to 1,024 characters. Agents choose skills by it.",
        ),
        "OVL551": Code(
            "a field of a skill has the wrong form",
            "`license` and `compatibility` are texts of 1 to 500 characters, `metadata` is a map of text to text, "
            "`allowed-tools` one text with names separated by spaces.",
        ),
        "OVL552": Code(
            "a control character in the front matter",
            "Names and descriptions become part of prompts and catalogs, one line each. A line end or a control "
            'character in them, also as an escape such as `"\\n"`, acts where they are shown.',
        ),
        "OVL553": Code(
            "a field that the specification does not have",
            "Some readers ignore it, the specification's own refuses the file. Under `metadata` every key is allowed.",
            _W,
        ),
        "OVL554": Code(
            "front matter that some readers refuse",
            "Anchors, aliases, maps in braces, and three hyphens inside a value are YAML, but readers of skills that "
            "are no YAML parsers do not take them.",
            _W,
        ),
        "OVL555": Code(
            "a value is cut by a comment",
            "In an unquoted value a blank followed by `#` begins a comment: of `a # b` the value is `a`.",
            _W,
        ),
        "OVL556": Code(
            "an unquoted value that is no text to every reader",
            "`123`, `yes`, `2024-01-01`, `1e3`: versions of YAML differ on which of them are texts. Quoted they are.",
            _W,
        ),
        "OVL557": Code("a part of a skill is empty", "A field without a value, or no instructions at all.", _W),
    }
)
"""In ascending order. A code never changes its meaning and is never used again."""
