"""Spectral entropy of a diffusion operator over the diffusion time (paper, eq. 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from integrated_diffusion.runtime.html import html_curve
from integrated_diffusion.spectrum import Spectrum
from integrated_diffusion.spectrum.elbows import LONGEST, ElbowRule, elbow_marginal_decrease
from integrated_diffusion.views.checks import check_count


@dataclass(frozen=True, eq=False)
class EntropyCurve:
    """Spectral entropy of an operator as a function of the diffusion time.

    Attributes
    ----------
    t : numpy.ndarray of shape (t_max,)
        Diffusion times `1, 2, ..., t_max`, in steps.
    value : numpy.ndarray of shape (t_max,)
        Entropy in nats, not increasing.
    stderr : numpy.ndarray of shape (t_max,)
        Standard error of `value` from the probes of the quadrature; zero where the spectrum was exact.
    elbow : int
        The diffusion time after which further steps decrease the entropy little; it may lie beyond `t_max`.
    """

    t: np.ndarray
    value: np.ndarray
    stderr: np.ndarray
    elbow: int

    def __repr__(self) -> str:
        fall = f"from {self.value[0]:.2f} to {self.value[-1]:.2f} nats"
        return f"EntropyCurve(elbow={self.elbow}, {fall}, t_max={len(self.t)})"

    def _repr_html_(self) -> str:
        """Return the curve with its elbow."""
        label = f"spectral entropy from {self.value[0]:.2f} to {self.value[-1]:.2f} nats, elbow at t = {self.elbow}"
        return html_curve(self.t, self.value, self.elbow - 1, label)


def entropy_curve(spectrum: Spectrum, t_max: int = 100, elbow: ElbowRule = elbow_marginal_decrease) -> EntropyCurve:
    """Return the spectral entropy at every diffusion time at once (paper, eq. 6).

    Parameters
    ----------
    spectrum : Spectrum
        Spectrum of one view's operator (`eigenvalues`) or of any operator (`singular_values`).
    t_max : int, default 100
        Largest diffusion time of the curve.
    elbow : callable, default elbow_marginal_decrease
        Rule that finds the elbow. If it returns the end of the curve, it is applied to a longer one.

    Returns
    -------
    EntropyCurve

    Examples
    --------
    >>> curve = entropy_curve(Spectrum.of(np.array([1.0, 0.5])), t_max=3)
    >>> curve.value.round(3).tolist()
    [0.637, 0.5, 0.349]
    """
    check_count(t_max, "t_max", least=2)
    logs = _logarithms(spectrum)
    pairs = [_moments(logs, t) for t in range(1, t_max + 1)]
    value = _values(pairs)
    stderr = np.array([_jackknife(Z, W) for Z, W in pairs])
    found, longer = elbow(value), value
    while found == len(longer) < LONGEST:
        further = [_moments(logs, t) for t in range(len(longer) + 1, 2 * len(longer) + 1)]
        longer = np.append(longer, _values(further))
        found = elbow(longer)
    return EntropyCurve(np.arange(1, t_max + 1), value, stderr, found)


def _logarithms(spectrum: Spectrum) -> Spectrum:
    """Return the same spectrum with `log(s_i / s_max)` in place of its values."""
    largest = spectrum.largest

    def log(values: np.ndarray) -> np.ndarray:
        return np.log(np.maximum(values / largest, 1e-300))

    return replace(spectrum, nodes=log(spectrum.nodes), probe_nodes=log(spectrum.probe_nodes))


def _moments(logs: Spectrum, t: int) -> tuple[np.ndarray, np.ndarray]:
    """Sums of `m` and of `m log m` over the spectrum, `m = (s_i / s_max)^t`, each as every probe estimates it."""
    return logs.sums(lambda log: np.exp(t * log)), logs.sums(lambda log: np.exp(t * log) * (t * log))


def _values(pairs: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    return np.maximum([_entropy(Z.mean(), W.mean()) for Z, W in pairs], 0.0)


def _entropy(Z: np.ndarray | float, W: np.ndarray | float) -> np.ndarray:
    """`-sum p log p` for `p = m / Z` is `log Z - (sum m log m) / Z`."""
    return np.asarray(np.log(Z) - W / Z)


def _jackknife(Z: np.ndarray, W: np.ndarray) -> float:
    """Standard error of the entropy, leaving out one probe at a time."""
    n = len(Z)
    if n < 2:
        return 0.0
    without = _entropy((Z.sum() - Z) / (n - 1), (W.sum() - W) / (n - 1))
    return float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))
