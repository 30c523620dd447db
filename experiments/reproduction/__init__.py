"""The paper's simulations with every method beside it: `python -m experiments.reproduction`."""
