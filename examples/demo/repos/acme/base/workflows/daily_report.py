"""Every morning: what happened yesterday."""

WORKFLOW_NAME = "daily-report"


async def handler(params: dict[str, str], ctx: object) -> str:
    """Write the report."""
    return f"report for {params['team']}"
