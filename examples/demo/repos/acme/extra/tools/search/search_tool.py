"""Search the handbook and the tickets, whatever the case."""


def search(pages: list[str], word: str) -> list[str]:
    """Pages that hold the word in any case."""
    return [page for page in pages if word.lower() in page.lower()]
