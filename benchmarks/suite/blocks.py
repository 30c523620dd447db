"""Denoising measured values, block by block."""

from __future__ import annotations

from .made import Stage, counts, fitted


class Blocks(Stage):
    """`denoise` of 500 sparse features, every block let go again."""

    def setup(self, n_samples: int) -> None:
        """Fit a model, and draw counts."""
        self.model, self.counts = fitted(n_samples), counts(n_samples)

    def time_blocks(self, n_samples: int) -> float:
        """Denoise all blocks."""
        return sum(float(denoised[0, 0]) for _, denoised in self.model.denoised_blocks(self.counts))

    peakmem_blocks = time_blocks
