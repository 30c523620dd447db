"""The evidence: the paper's simulations and what lies beyond them, every rival, one command (`make figures`)."""
