"""The command line: the only place that knows click, streams, exit statuses and the environment."""
