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
            "`repoCache.hostPath`, `overlay.mountPath` and the paths of `extraVolumeMounts` are mount points of one "
            "container, and Kubernetes refuses a container with two mounts at one path.",
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
        "OVL501": Code(
            "a repository is not checked out",
            "The directory of `--checkouts` has every repository of the enabled sources at `owner/name`, or is the "
            "cache of a node. All that are missing are told in one run.",
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
    }
)
"""In ascending order. A code never changes its meaning and is never used again."""
