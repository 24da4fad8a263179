"""Everything to tell about the content of a repository."""
