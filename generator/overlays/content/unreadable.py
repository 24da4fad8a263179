"""What to say of files that cannot be read."""

from __future__ import annotations

import errno


def why(error: OSError) -> str:
    """The reason, as it stands in a finding."""
    return (error.strerror or str(error)).lower()


def hint(error: OSError) -> str:
    """What helps."""
    return "shorten the path" if error.errno == errno.ENAMETOOLONG else "make it readable for this user"
