"""Integration: the integrated operator of several views, the orders of its steps, and the rules for their number."""
