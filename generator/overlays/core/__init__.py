"""From checked values to a plan, and from a plan to the data of every output. Pure functions."""
