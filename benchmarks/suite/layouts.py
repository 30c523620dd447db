"""Pictures in the plane."""

from __future__ import annotations

from typing import ClassVar

from sklearn.metrics import euclidean_distances

from integrated_diffusion.embedding import metric_mds, phate

from .made import Stage, joint, views


class Mds(Stage):
    """Metric scaling of the distances between all pairs; PHATE of many samples scales 2,000 landmarks."""

    params: ClassVar[list[int]] = [500, 2_000, 5_000]

    def setup(self, n_samples: int) -> None:
        """Take the distances, and compile the loops."""
        self.distances = euclidean_distances(views(n_samples)["view1"])
        metric_mds(self.distances[:50, :50])

    def time_mds(self, n_samples: int) -> object:
        """Place the points."""
        return metric_mds(self.distances)

    peakmem_mds = time_mds


class Phate(Stage):
    """PHATE of the joint walk repeated five times; over landmarks above 5,000 samples."""

    def setup(self, n_samples: int) -> None:
        """Make the walk."""
        self.walk = joint(n_samples)

    def time_phate(self, n_samples: int) -> object:
        """Place the samples."""
        return phate(self.walk, power=5)

    peakmem_phate = time_phate
