"""Frozen values that flow through the program: they hold data and do no work.

They are NamedTuples: making a frozen dataclass with slots takes seven times as long, in every run.
"""
