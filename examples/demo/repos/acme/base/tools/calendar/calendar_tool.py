"""Read and write the team calendar."""


def next_free_hour(busy: list[int]) -> int:
    """First hour from nine on that is not taken."""
    return next(hour for hour in range(9, 24) if hour not in busy)
