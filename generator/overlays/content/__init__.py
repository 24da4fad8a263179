"""What is in the repositories: their checkouts, the items in them, and who wins."""
