"""Which token belongs to which server, and how git gets it: from a program that answers its exact questions only."""

from __future__ import annotations

import base64
import pathlib
import urllib.parse
from dataclasses import dataclass

ASKPASS = """\
#!/bin/sh
# Answers the two questions of git about the server of one repository, and no other question.
nl='
'
case "$nl$OVERLAYS_ASKPASS_NAME$nl" in
*"$nl$1$nl"*) printf '%s\\n' "$OVERLAYS_ASKPASS_USER"; exit 0 ;;
esac
case "$nl$OVERLAYS_ASKPASS_TOKEN$nl" in
*"$nl$1$nl"*)
    token=
    IFS= read -r token < "$OVERLAYS_ASKPASS_FILE" || [ -n "$token" ] || exit 1
    printf '%s\\n' "$token"
    exit 0 ;;
esac
echo "no credentials are configured for this server" >&2
exit 1
"""


@dataclass(frozen=True)
class Credential:
    """A token file and the hosts it serves: "host" is that host at any port, "host:port" that port alone."""

    username: str
    token_file: pathlib.Path
    hosts: tuple[str, ...]

    def serves(self, url: str) -> bool:
        """Whether this token belongs to the server of that URL."""
        parts = urllib.parse.urlsplit(url)
        wanted = {host.lower() for host in self.hosts}
        host = (parts.hostname or "").lower()
        return host in wanted or f"{host}:{_port(parts) or _default_port(parts.scheme)}" in wanted

    def token(self) -> str:
        """First line of the token file, read now; "" when it cannot be read."""
        try:
            with self.token_file.open(encoding="utf-8", errors="replace") as file:
                return file.readline().rstrip("\r\n")
        except OSError:
            return ""


def may_carry_token(url: str) -> bool:
    """Whether a token may travel to that URL: https, or http to 127.0.0.1."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1")


def prompts(url: str, username: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The exact questions git may ask about the server of that URL: for the name, for the password.

    "https://git.example/a.git", "bot" -> ("Username for 'https://git.example': ", …) and
    ("Password for 'https://bot@git.example': ", …), where … is the same with the default port spelled out.
    Git encodes the name in newer versions and did not in older ones.
    """
    parts = urllib.parse.urlsplit(url)
    default = _default_port(parts.scheme)
    places = [parts.netloc, parts.netloc.lower()]
    if _port(parts) is None:
        places += [f"{place}:{default}" for place in places]
    elif _port(parts) == default:
        places += [place.rpartition(":")[0] for place in places]
    users = (username, urllib.parse.quote(username, safe="-._~"))
    names = {f"Username for '{parts.scheme}://{place}': " for place in places}
    tokens = {f"Password for '{parts.scheme}://{user}@{place}': " for place in places for user in users}
    return tuple(sorted(names)), tuple(sorted(tokens))


def _port(parts: urllib.parse.SplitResult) -> int | None:
    """The port of a URL; None when it has none, or one that does not exist."""
    try:
        return parts.port
    except ValueError:
        return None


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def redacted(words: bytes, credential: Credential | None) -> bytes:
    """The words without the token, should a server repeat it."""
    token = b"" if credential is None else credential.token().encode()
    if credential is None or not token:
        return words
    basic = base64.b64encode(credential.username.encode() + b":" + token)
    return words.replace(token, b"***").replace(basic, b"***")
