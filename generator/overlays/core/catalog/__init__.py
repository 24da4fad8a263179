"""Catalogs of agents: their text, what is wrong with them, and what a change does to them."""
