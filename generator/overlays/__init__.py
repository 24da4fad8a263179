"""agent-overlays: one ordered list of Git repositories in, exact environment and Helm values out."""

__version__ = "0.1.0"
