"""How much more the neighbours of a graph share a type than by chance (Newman and Girvan 2004)."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp


def modularity(graph: sp.csr_array, labels: np.ndarray) -> float:
    """Return `sum_c [W_c / W - (d_c / W)^2]`, the weight within groups less what chance would put there.

    Parameters
    ----------
    graph
        Symmetric weights of at least 0, `(n_samples, n_samples)`.
    labels
        Group of each sample, `(n_samples,)`.

    Returns
    -------
    float
        Below 1; 0 for one group of all.

    Raises
    ------
    ValueError
        If the graph has no edge.

    Examples
    --------
    >>> pairs = sp.csr_array(np.kron(np.eye(2), [[0, 1], [1, 0]]))
    >>> modularity(pairs, np.array(["a", "a", "b", "b"]))
    0.5
    """
    groups = np.unique(labels, return_inverse=True)[1]
    total = float(graph.sum())
    if total <= 0:
        raise ValueError("graph: expected an edge, found none; ask for more neighbours")
    edges = sp.coo_array(graph)
    within = float(edges.data[groups[edges.row] == groups[edges.col]].sum())
    degrees = np.bincount(groups, weights=np.asarray(graph.sum(axis=1)).ravel())
    return within / total - float(np.square(degrees / total).sum())
