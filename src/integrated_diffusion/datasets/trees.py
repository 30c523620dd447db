"""High-dimensional branching trees whose views are noisy on different branches (figure 2B).

A branch is an arc of a circle in a random plane: smooth for any `bend`, straight for `bend = 0`, and of known length,
so that distances along the tree are known. In many dimensions random planes are nearly orthogonal and branches do not
meet again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from integrated_diffusion.datasets.noise import add_noise, add_noise_to_groups, as_levels
from integrated_diffusion.datasets.views import NoisyViews
from integrated_diffusion.views.checks import check_count, check_positive


def tree(
    n_branches: int = 10,
    branch_length: float | Sequence[float] = 1.0,
    n_dimensions: int = 60,
    *,
    n_samples: int = 2_000,
    bend: float = np.pi / 2,
    noise: float | Sequence[float] = 0.05,
    local_noise: Sequence[float] = (0.1, 0.1),
    random_state: int | np.random.Generator = 0,
) -> NoisyViews:
    """Make views of one branching tree, each noisy on branches of its own (figures 2B and 2D of the paper).

    The first branch starts at the origin, every other at a random point of an earlier one. Samples lie along the
    branches, as many on a branch as its share of the total length. Every branch has `local_noise` in exactly one view:
    the branches are dealt to the views in turn, in random order. With one seed the tree, the dealing and the noise
    pattern stay the same at every noise level.

    Parameters
    ----------
    n_branches : int, default 10
        Number of branches.
    branch_length : float or sequence of float, default 1.0
        Length of a branch: one for all, or one a branch.
    n_dimensions : int, default 60
        Number of features of every view, at least 2.
    n_samples : int, default 2000
        Number of samples, at least one a branch.
    bend : float, default np.pi / 2
        Angle in radians by which a branch turns from its start to its end; 0 gives straight lines.
    noise : float or sequence of float, default 0.05
        Standard deviation of the noise of every feature on all branches: one for all views, or one a view. It moves a
        sample by about `noise * sqrt(n_dimensions)`, in the units of `branch_length`.
    local_noise : sequence of float, default (0.1, 0.1)
        Standard deviation of the further noise on the noisy branches of each view; as many views as levels.
    random_state : int or numpy.random.Generator, default 0
        Seed or generator.

    Returns
    -------
    NoisyViews
        Views named `view1`, `view2`, ..., the noiseless points `(n_samples, n_dimensions)` and the branch of every
        sample, float64, sorted by branch and by position along it.

    Raises
    ------
    TypeError
        If a number of branches, dimensions or samples is not whole.
    ValueError
        If it is too small, a length is not positive, a noise level is negative, or lengths or levels are not as many as
        branches or views.

    Examples
    --------
    >>> from integrated_diffusion import datasets
    >>> simulated = datasets.tree(n_branches=4, n_dimensions=30, n_samples=400, local_noise=(0.1, 0.1, 0.1))
    >>> simulated
    NoisyViews(400 samples, 4 labels: view1 400 x 30, view2 400 x 30, view3 400 x 30; float64)
    """
    check_count(n_branches, "n_branches")
    check_count(n_dimensions, "n_dimensions", least=2)
    check_count(n_samples, "n_samples", least=n_branches)
    lengths = _one_each(branch_length, n_branches, "branch_length", "branch")
    for length in lengths:
        check_positive(length, "branch_length")
    if not abs(bend) < 2 * np.pi:
        raise ValueError(
            f"bend: expected an angle of less than a full turn (2 pi), found {bend!r}; choose a smaller one"
        )
    local = as_levels(local_noise, "local_noise")
    everywhere = as_levels(_one_each(noise, len(local), "noise", "view of local_noise"), "noise")
    rng = np.random.default_rng(random_state)
    clean, labels = _sample(_grow(lengths, n_dimensions, bend, rng), n_samples, rng)
    dealt = rng.permutation(n_branches)
    views = {}
    for m, (std, local_std) in enumerate(zip(everywhere, local, strict=True)):
        noisy = add_noise(clean, std, rng)
        views[f"view{m + 1}"] = add_noise_to_groups(noisy, labels, dealt[m :: len(local)], local_std, rng)
    return NoisyViews(views, clean, labels)


@dataclass(frozen=True)
class _Branch:
    """An arc that leaves `start` along `forward` and turns towards `sideways`, orthonormal, by `bend` in all."""

    start: np.ndarray
    forward: np.ndarray
    sideways: np.ndarray
    length: float
    bend: float

    def at(self, position: np.ndarray) -> np.ndarray:
        """Points at these distances from the start along the branch, `(n, n_dimensions)`."""
        half_turn = 0.5 * self.bend * position / self.length
        chord = position * np.sinc(half_turn / np.pi)  # sinc, because a straight branch has no radius
        ahead, aside = chord * np.cos(half_turn), chord * np.sin(half_turn)
        return self.start + np.outer(ahead, self.forward) + np.outer(aside, self.sideways)


def _grow(lengths: np.ndarray, n_dimensions: int, bend: float, rng: np.random.Generator) -> list[_Branch]:
    """Branches of these lengths, each but the first from a random point of an earlier one."""
    branches: list[_Branch] = []
    for length in lengths:
        start = _point_on(branches, rng) if branches else np.zeros(n_dimensions)
        plane, _ = np.linalg.qr(rng.standard_normal((n_dimensions, 2)))
        branches.append(_Branch(start, plane[:, 0], plane[:, 1], float(length), bend))
    return branches


def _point_on(branches: list[_Branch], rng: np.random.Generator) -> np.ndarray:
    """Draw a point uniformly along all the branches."""
    lengths = np.array([branch.length for branch in branches])
    parent = branches[rng.choice(len(branches), p=lengths / lengths.sum())]
    return parent.at(rng.uniform(0.0, parent.length, size=1)).ravel()


def _sample(branches: list[_Branch], n_samples: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points along the branches and the branch each is on."""
    counts = _share(np.array([branch.length for branch in branches]), n_samples)
    points = [branch.at(_positions(branch.length, count, rng)) for branch, count in zip(branches, counts, strict=True)]
    return np.concatenate(points), np.repeat(np.arange(len(branches)), counts)


def _positions(length: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """One random position in each of `count` equal stretches: no two neighbours are two stretches apart."""
    return (np.arange(count) + rng.uniform(size=count)) * (length / count)


def _share(lengths: np.ndarray, n_samples: int) -> np.ndarray:
    """Give each branch one sample and its share of the rest, by largest remainder."""
    exact = lengths / lengths.sum() * (n_samples - len(lengths))
    counts = np.floor(exact).astype(np.int64)
    short = n_samples - len(lengths) - counts.sum()
    counts[np.argsort(counts - exact, kind="stable")[:short]] += 1
    shares: np.ndarray = counts + 1
    return shares


def _one_each(value: float | Sequence[float], count: int, what: str, of_what: str) -> np.ndarray:
    values = np.asarray(value, dtype=np.float64)
    if values.shape not in ((), (count,)):
        raise ValueError(
            f"{what}: expected one number, or one for each {of_what} ({count}), found {values.size}; "
            "give one for all or one for each"
        )
    return np.broadcast_to(values, (count,))
