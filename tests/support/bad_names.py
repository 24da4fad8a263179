"""Names and paths that the contract refuses, by kind."""

REPOS = ["a", "a/b/c", "-a/b", "a/-b/", "a/..", "a/.", "a/b.git", "public/x", "private/x", ".a/b", "a b/c", "ä/b"]
REPOS += ["a/" + "b" * 101, "a" * 101 + "/b", "https://github.com/a/b", "a/b:c", "a/b@c", "/a/b", "a/", "a//b"]
REFS = ["-x", "/x", "x/", "x.", "a..b", "a@{b", "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "@", "a b", "a\tb", "a~b"]
REFS += ["a^b", "a:b", "a?b", "a*b", "a[b", "a\\b", "a$b", "a=b", "a,b", "a\u00a0b", "a\u200bb", "a\u2028b", "a\ufeffb"]
SUBDIRS = ["/a", "a/", "-a", "a//b", ".", "..", "a/../b", "a/./b", "./a", "a\\b", "a:b", "a$b", "a*b", "a?b", "a[b"]
SUBDIRS += ["a]b", "a{b", "a}b", "a b", "a\u3000b", "a\x7fb"]
URLS = ["git@x.example:a/b", "ssh://x.example/a", "https://u:p@x.example/a", "https://x.example/a?b", "https://", ""]
URLS += ["https://x.example/a#b", "https://-x.example/a", "https://x.example:123456/a", "file:///a", "https://x/a b"]
PATHS = ["", "a", "/", "/a/", "/a//b", "/a/..", "/./a", "/a b", "/a:b", "/a\\b", "/ä"]
