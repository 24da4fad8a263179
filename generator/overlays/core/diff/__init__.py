"""What differs between two sides: sources, repositories, settings, variables, and what restarts."""
