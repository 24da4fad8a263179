"""Frozen values that flow through the program: they hold data and do no work."""
