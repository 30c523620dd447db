"""Searches by tasks against all distances; what tasks compute needs no cluster."""

from __future__ import annotations

import numpy as np
import pytest

from integrated_diffusion.cluster.approximate_search import CellPoints, Probes, Probing, points_of_cells, probed
from integrated_diffusion.cluster.cells import FittedCells
from integrated_diffusion.cluster.exact_search import compared
from integrated_diffusion.cluster.points import Points
from integrated_diffusion.neighbors.approximate import ExcessDistance
from integrated_diffusion.neighbors.cells import Cells

N, K = 700, 9


@pytest.fixture(scope="module", params=["apart", "with copies"])
def X(request):
    rng = np.random.default_rng(0)
    return rng.standard_normal((N, 4)) if request.param == "apart" else rng.integers(0, 3, (N, 4)).astype(np.float32)


@pytest.fixture(scope="module")
def expected(X):
    """The nearest of all; of the equally far the lower sample comes first."""
    d = np.sqrt(((X[:, None].astype(np.float64) - X[None]) ** 2).sum(axis=2))
    np.fill_diagonal(d, np.inf)
    samples = np.argsort(d, axis=1, kind="stable")[:, :K]
    return np.take_along_axis(d, samples, 1), samples


@pytest.fixture(scope="module")
def parts(X):
    """Samples by their cells, in three parts that are not in the order of the samples."""
    cells = FittedCells.fit(X, 24, 0)
    labels = cells.labels(X)
    found = []
    for some in np.array_split(np.random.default_rng(1).permutation(24), 3):
        some = np.sort(some)
        rows = np.concatenate([np.flatnonzero(labels == cell) for cell in some])
        starts = np.concatenate([[0], np.cumsum([(labels == cell).sum() for cell in some])])
        found.append(CellPoints(X[rows], rows.astype(np.int32), (N - 1 - rows).astype(np.int32), some, starts))
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(25))
    excess = ExcessDistance.from_cells(Cells(cells.centres, order, starts, cells.centres))
    return found, Probing(cells, excess, K, 1e9)


def in_order(nearest, parts):
    """What was found, in the order of the samples."""
    samples = np.concatenate([part.samples for part in parts])
    columns = [np.concatenate([getattr(part, name) for part in nearest]) for name in ("distances", "samples")]
    assert all((part.positions == N - 1 - part.samples).all() for part in nearest)
    return [column[np.argsort(samples)] for column in columns]


@pytest.mark.parametrize("at_once", [True, False])
def test_cells_that_are_all_probed_give_all_neighbours(X, expected, parts, at_once):
    pieces, probing = parts
    nearest = []
    for i, own in enumerate(pieces):
        probes = Probes.of(own, probing)
        others = [points_of_cells(other, other.cells) for j, other in enumerate(pieces) if j != i]
        best = None
        for group in [[own, *others]] if at_once else [[own], *([other] for other in others)]:
            best = probed(best, own, group, probes, probing)
        nearest.append(best)
    distances, samples = in_order(nearest, pieces)
    np.testing.assert_allclose(distances, expected[0], atol=1e-12)
    if len(np.unique(X, axis=0)) == N:  # the search keeps few of many copies
        np.testing.assert_array_equal(samples, expected[1])


def test_a_small_radius_probes_fewer_cells(parts):
    pieces, probing = parts
    few = Probes.of(pieces[0], Probing(probing.cells, probing.excess, K, 0.0))
    assert len(few.cells) < len(Probes.of(pieces[0], probing).cells)


def test_all_pairs_of_parts_give_all_neighbours(X, expected):
    rows = np.array_split(np.arange(N, dtype=np.int32), 3)
    pieces = [Points(X[some], some, N - 1 - some) for some in rows]
    nearest = []
    for own in pieces:
        best = None
        for other in pieces:
            best = compared(best, own, other, K)
        nearest.append(best)
    distances, samples = in_order(nearest, pieces)
    np.testing.assert_allclose(distances, expected[0], atol=1e-12)
    if len(np.unique(X, axis=0)) == N:
        np.testing.assert_array_equal(samples, expected[1])
