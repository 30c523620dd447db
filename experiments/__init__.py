"""The evidence: the paper's simulations and what lies beyond them, every baseline, one command (`make figures`)."""
