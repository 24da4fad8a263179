from __future__ import annotations

from overlays.content.fetch import folder_of


def test_the_name_of_a_directory_tells_every_url_apart() -> None:
    urls = [
        "https://git.example.com/acme/a.git",
        "http://git.example.com/acme/a.git",
        "https://git.example.com:8443/acme/a.git",
        "https://github.com/acme/a.git",
        "https://github.com/acme%2Fa.git",
        "https://github.com/" + "x" * 500,
        "https://github.com/" + "x" * 501,
    ]
    names = [folder_of(url) for url in urls]
    assert len({*names}) == len(urls)
    assert names[0] == "https%3A%2F%2Fgit.example.com%2Facme%2Fa.git"
    assert all(len(name) < 250 and "/" not in name for name in names)
