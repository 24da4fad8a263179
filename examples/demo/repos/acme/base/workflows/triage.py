"""Sort new issues by urgency."""

WORKFLOW_NAME = "triage"


async def handler(params: dict[str, str], ctx: object) -> str:
    """Sort them."""
    return params["issue"]
