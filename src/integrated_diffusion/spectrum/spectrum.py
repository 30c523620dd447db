"""Absolute values of a spectrum: some are known exactly, the others as quadrature nodes of random probes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Absolute values of a spectrum as weighted nodes: an exact part, and the rest once for each random probe.

    Attributes
    ----------
    nodes, weights : numpy.ndarray of shape (n_nodes,)
        The exact part; single values have weight one.
    probe_nodes, probe_weights : numpy.ndarray of shape (n_probes, n_nodes)
        Quadrature of the rest: each probe's weights sum to the number of values left.
    """

    nodes: np.ndarray
    weights: np.ndarray
    probe_nodes: np.ndarray
    probe_weights: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Spectrum:
        """Return a spectrum whose values are all known."""
        return cls(np.sort(np.abs(values))[::-1], np.ones(len(values)), np.empty((0, 0)), np.empty((0, 0)))

    @property
    def n_values(self) -> int:
        """Number of values, `N`."""
        return round(self.weights.sum() + (self.probe_weights[0].sum() if len(self.probe_weights) else 0))

    @property
    def largest(self) -> float:
        """The largest value."""
        return float(max(self.nodes.max(initial=0.0), self.probe_nodes.max(initial=0.0)))

    def sums(self, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Return `sum_i f(s_i)` as each probe alone estimates it, shape `(max(1, n_probes),)`; take their mean."""
        known = float(self.weights @ function(self.nodes))
        if not len(self.probe_nodes):
            return np.array([known])
        return known + (self.probe_weights * function(self.probe_nodes)).sum(axis=1)

    def __repr__(self) -> str:
        return f"Spectrum({self.n_values} values, {len(self.probe_nodes)} probes)"
