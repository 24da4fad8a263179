"""Search the handbook by plain words."""


def search(pages: list[str], word: str) -> list[str]:
    """Pages that hold the word."""
    return [page for page in pages if word in page]
