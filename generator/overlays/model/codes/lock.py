"""Findings about lock and Git."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from overlays.model.code import Code, W

CODES: Final[Mapping[str, Code]] = {
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
        W,
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
}
