"""Batches: how well they are mixed, what it costs in labels, and whether a type of one batch alone stays apart."""
