"""Which share of a command's time each of its stages takes, so that the bar says how long the rest will take.

Shares were measured by `--verbose` and rounded: those of `run` on 800 and 6,855 cells with RNA and proteins, those of
the other commands on 800 cells alone.
"""

from __future__ import annotations

from integrated_diffusion.runtime.progress import Plan

FIT = {
    "normalising": 0.035,
    "neighbours and kernel": 0.03,
    "splitting the features": 0.3,
    "splitting the counts": 0.3,
    "steps by prediction": 0.04,
    "embedding": 0.03,
}
"""The stages of a fit, as shares of `run`."""

RESULTS = {"PHATE of the integrated operator": 0.14, "graph of the integrated neighbours": 0.06, "smoother": 0.3}
"""The stages after a fit whose results are kept, as shares of `run`."""

SCORES = {"mutual information": 0.2}
NULLS = {"mutual information of shuffles": 1.0}
"""Scores under operators that were made again for each shuffle."""

RUN = Plan({"reading": 0.02, **FIT, **RESULTS, "writing": 0.03})

DENOISE = Plan({"reading": 0.4, "denoising": 0.6})
"""`denoise` by the operators that a file keeps."""

FIT_AND_DENOISE = Plan({"reading": 0.02, **FIT, "smoother": 0.15, "denoising": 0.1})

INGEST = Plan({"reading": 0.25, "neighbours": 0.45, "coordinates": 0.05, "labels and values": 0.1, "writing": 0.2})

REPORT = Plan({"reading": 0.2, "groups": 0.05, "features": 0.05, "embedding": 0.5, "writing": 0.2})

FIT_ON_CLUSTER = {
    "reading": 0.02,
    "principal components": 0.02,
    "order of the samples": 0.01,
    "neighbours and kernel": 0.75,
    "steps": 0.03,
    "splitting the features": 0.02,
    "steps by prediction": 0.01,
    "embedding": 0.12,
}
"""The stages of a fit on a cluster: 300,000 samples of two views, `docs/scaling.md`."""

RUN_ON_CLUSTER = Plan({**FIT_ON_CLUSTER, "writing": 0.03})
DENOISE_ON_CLUSTER = Plan({**FIT_ON_CLUSTER, "denoising": 0.5})

DEMO = Plan({**FIT, "embeddings": 0.7, "denoising": 1.5})
DEMO_OF_DIGITS = Plan({**FIT, "baselines": 0.4, "embeddings": 2.0})


def associate_plan(*, is_integrated: bool, changes_operators: bool) -> Plan:
    """Stages of `associate`.

    Parameters
    ----------
    is_integrated : bool
        Whether the file keeps operators, so that nothing is fitted.
    changes_operators : bool
        Whether each shuffle makes operators of its own.

    Returns
    -------
    Plan
    """
    fit = {} if is_integrated else FIT | RESULTS
    return Plan({"reading": 0.1, **fit, **(NULLS if changes_operators else {}), **SCORES, "writing": 0.05})
