"""From several diffusion operators to one: diffusion times, the order of the factors, the integrated operator."""
