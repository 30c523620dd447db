"""A stored record read again: entropy curves, and what cross-validation tried.

Numbers of a record may come from a file, as numpy's scalars and arrays, or from memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from integrated_diffusion.io import keys
from integrated_diffusion.selection import Candidate, Selection, ViewContribution
from integrated_diffusion.spectrum.entropy import EntropyCurve


def views_of(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the views in the order of the fit; files sort names, so those of the walk come first.

    Parameters
    ----------
    record
        What `record.record` made, or `uns["integrated_diffusion"]`.
    """
    described = keys.described_operator(record)
    if described is not None:
        return tuple(str(name) for name in described["views"])
    return tuple(map(str, record["steps"]))


def steps_of(record: Mapping[str, Any]) -> dict[str, int]:
    """Steps of the joint walk by view."""
    return {name: int(_at(record["steps"], name)) for name in views_of(record)}


def curves_of(record: Mapping[str, Any]) -> dict[str, EntropyCurve]:
    """Entropy curves by view.

    Parameters
    ----------
    record
        What `record.record` made, or `uns["integrated_diffusion"]`.
    """
    return {name: _curve(_at(record["entropy"], name)) for name in views_of(record)}


def candidates_of(record: Mapping[str, Any]) -> list[Candidate]:
    """Walks that were tried, the least error first; none unless steps were cross-validated.

    The errors about each view are not in a record, so `errors` is empty.
    """
    if "selection" not in record:
        return []
    kept, views = record["selection"], views_of(record)
    return [
        Candidate(
            steps={name: int(_at(kept["steps"], name)[i]) for name in views},
            n_repeats=int(kept["rounds"][i]),
            weight_exponent=float(kept["sharpness"][i]),
            error=float(kept["error"][i]),
            stderr=float(kept["stderr"][i]),
            errors={},
        )
        for i in range(len(kept["error"]))
    ]


def selection_of(record: Mapping[str, Any]) -> Selection:
    """What cross-validation tried and chose, and what each view is worth; without trust.

    Raises
    ------
    ValueError
        If the steps were not cross-validated, or the chosen walk is none of those that were tried.
    """
    candidates = candidates_of(record)
    if not candidates:
        raise ValueError(
            f"expected cross-validated steps, found steps {steps_of(record)} that were chosen otherwise; "
            "integrate with steps='cross_validated'"
        )
    chosen, kept = _chosen(candidates, str(record["selection"]["chosen"])), record["selection"]
    view_contributions = {
        name: ViewContribution(
            float(_at(kept["gain"], name)), float(_at(kept["gain_stderr"], name)), chosen.steps[name] > 0
        )
        for name in views_of(record)
    }
    return Selection(
        steps=steps_of(record),
        curves=curves_of(record),
        n_repeats=chosen.n_repeats,
        candidates=tuple(candidates),
        chosen=chosen,
        view_contributions=view_contributions,
    )


def _chosen(candidates: list[Candidate], words: str) -> Candidate:
    """Find the chosen walk, of which the record keeps the words."""
    for candidate in candidates:
        if str(candidate) == words:
            return candidate
    raise ValueError(f"record: expected the chosen walk among those tried, found {words!r}; integrate again")


def _curve(kept: Mapping[str, Any]) -> EntropyCurve:
    t, value, stderr = (np.asarray(kept[part]) for part in ("t", "value", "stderr"))
    return EntropyCurve(t, value, stderr, int(kept["elbow"]))


def _at(kept: Mapping[str, Any], name: str) -> Any:
    """What is kept about a view; a file has no slash in a key."""
    return kept[name] if name in kept else kept[keys.as_key(name)]
