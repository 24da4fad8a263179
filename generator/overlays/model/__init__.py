"""Frozen values that flow through the program: they hold data and do no work.

They are NamedTuples: a frozen dataclass with slots costs the start of every run ten times as much.
"""
