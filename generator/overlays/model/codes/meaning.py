"""Findings about meaning: what values say together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from overlays.model.code import Code, W

CODES: Final[Mapping[str, Code]] = {
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
        W,
    ),
    "OVL222": Code(
        "two repositories differ only by case",
        "Most Git hosts serve one repository under both spellings; it would be cached twice, and on some file "
        "systems in one directory.",
        W,
    ),
    "OVL223": Code(
        "a directory is listed twice",
        "It stands once in the rendered list, at its last place. A list with the directory twice would make the "
        "API load everything in it twice.",
        W,
    ),
    "OVL224": Code(
        "something listed cannot be delivered",
        "Without the cache only tools reach the sandboxes, which clone them. Workflows, skills, personas and "
        "prompts of the source do not arrive.",
        W,
    ),
    "OVL225": Code(
        "`sandbox.reposPath` is not where the cache is",
        "The API is told to look at a path at which nothing puts the repositories.",
        W,
    ),
    "OVL226": Code(
        "two mechanisms set the prompt",
        "`overlay.systemPrompt` and a `promptPath` both add to the prompt, and no rule says which comes first.",
        W,
    ),
    "OVL227": Code(
        "a variable of yours replaces a rendered one",
        "The name is one that the list renders too. Yours stands, in the same place, and the sources have no "
        "effect on it any more.",
        W,
    ),
    "OVL228": Code(
        "a variable is too long for Linux",
        "The kernel starts no process with a `NAME=VALUE` of more than 131,071 bytes: the pod would fail at start. "
        "About 2,000 sources make `TOOL_DIRS` that long.",
        W,
    ),
    "OVL229": Code(
        "the variables of a container are too long together",
        "With more than 1 MiB of variables, programs in the container cannot start others.",
        W,
    ),
    "OVL230": Code("a ConfigMap is too large", "Kubernetes refuses a ConfigMap of more than 1 MiB.", W),
    "OVL231": Code(
        "a clone URL uses a port that is closed",
        "The cache's NetworkPolicy lets it reach DNS and `repoCache.egressPorts`, nothing else.",
        W,
    ),
    "OVL232": Code(
        "a number loses the way it was written",
        "A variable is text. A fraction or an exponent is printed anew (`1.50` becomes `1.5`); in quotes it stays.",
        W,
    ),
    "OVL233": Code(
        "`$(NAME)` and `$$` are expanded by Kubernetes",
        "In the variables of a container `$(NAME)` becomes the value of another variable and `$$` becomes `$`. The "
        "text is passed as it is, since that may be what you want.",
        W,
    ),
    "OVL234": Code(
        "merged delivery without the cache",
        "The cache makes the merged directories. With `repoCache.enabled: false`, `overlays.delivery: merged` does "
        "nothing to the variables: sandboxes clone the tools of every source, as with `separate`.",
        W,
    ),
    "OVL235": Code(
        "no sandbox pod template",
        "The pods of the template `<fullname>-sandbox` install tools, workflows, skills, personas and prompt from "
        "the cache, so it is rendered with the cache only. The keys of `sandbox` that are about it do nothing.",
        W,
    ),
}
