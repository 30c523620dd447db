"""The hot loop, `P @ X`."""

from __future__ import annotations

from .made import Stage, block, joint, walks


class Product(Stage):
    """One step of one walk, and of the joint walk, from either side, for a block of 64 columns, float32."""

    def setup(self, n_samples: int) -> None:
        """Make walks and block, and take a first step, which puts everything in order."""
        self.walk, self.joint = walks(n_samples)["view1"], joint(n_samples)
        self.block = block(n_samples, 64)
        for walk in (self.walk, self.joint, self.joint.T):
            walk @ self.block

    def time_product(self, n_samples: int) -> object:
        """One step of one walk."""
        return self.walk @ self.block

    def time_joint(self, n_samples: int) -> object:
        """One step of the joint walk."""
        return self.joint @ self.block

    def time_transposed(self, n_samples: int) -> object:
        """One step of the joint walk backwards."""
        return self.joint.T @ self.block

    peakmem_joint = time_joint
