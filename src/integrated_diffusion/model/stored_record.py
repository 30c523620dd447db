"""A stored record read again: steps, entropy curves, and the candidate models of cross-validation.

Numbers of a record may come from a file, as numpy's scalars and arrays, or from memory; records of 0.1 are read too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from integrated_diffusion.io import keys
from integrated_diffusion.selection import Candidate, SelectedSmoother, Selection, SmootherCandidate, ViewContribution
from integrated_diffusion.spectrum.entropy import EntropyCurve


def views_of(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the views in the order of the fit, which a file keeps beside the affinities, as it sorts other names.

    Parameters
    ----------
    record : mapping
        What `record.record` made, or `uns["integrated_diffusion"]`.
    """
    described = keys.described_operator(record)
    if described is not None:
        return tuple(str(name) for name in described["views"])
    return tuple(map(str, record["steps"]))


def steps_of(record: Mapping[str, Any]) -> dict[str, int]:
    """Number of steps in the integrated operator, by view."""
    return {name: int(_at(record["steps"], name)) for name in views_of(record)}


def n_repeats_of(record: Mapping[str, Any]) -> int:
    """How often the operator that the steps make is repeated in the integrated operator."""
    return int(_renamed(record, "n_repeats"))


def curves_of(record: Mapping[str, Any]) -> dict[str, EntropyCurve]:
    """Entropy curves by view.

    Parameters
    ----------
    record : mapping
        What `record.record` made, or `uns["integrated_diffusion"]`.
    """
    return {name: _curve(_at(record["entropy"], name)) for name in views_of(record)}


def candidates_of(record: Mapping[str, Any]) -> list[Candidate]:
    """Candidate models, the least error first; none unless steps were cross-validated.

    The errors about each view are not in a record, so `errors` is empty.
    """
    if "selection" not in record:
        return []
    kept, views = record["selection"], views_of(record)
    n_repeats, weight_exponent = _renamed(kept, "n_repeats"), _renamed(kept, "weight_exponent")
    return [
        Candidate(
            steps={name: int(_at(kept["steps"], name)[i]) for name in views},
            n_repeats=int(n_repeats[i]),
            weight_exponent=float(weight_exponent[i]),
            error=float(kept["error"][i]),
            stderr=float(kept["stderr"][i]),
            errors={},
        )
        for i in range(len(kept["error"]))
    ]


def selection_of(record: Mapping[str, Any]) -> Selection:
    """What cross-validation tried and chose, and each view's contribution; without the view weights.

    Raises
    ------
    ValueError
        If the steps were not cross-validated, or the selected model is none of the candidates.
    """
    candidates = candidates_of(record)
    if not candidates:
        raise ValueError(
            f"expected cross-validated steps, found steps {steps_of(record)} that were chosen otherwise; "
            "integrate with steps='cross_validated'"
        )
    kept = record["selection"]
    chosen = candidates[int(kept["chosen_index"])] if "chosen_index" in kept else _by_text(candidates, kept["chosen"])
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
        votes={name: float(_at(kept["votes"], name)) for name in views_of(record)} if "votes" in kept else {},
        unpredicted=tuple(map(str, kept.get("unpredicted", ()))),
        unrelated=tuple((str(first), str(second)) for first, second in kept.get("unrelated", ())),
    )


def smoother_of(record: Mapping[str, Any], view: str) -> SelectedSmoother | None:
    """What was selected to denoise a view; `None` if a record does not say it.

    Parameters
    ----------
    record : mapping
        What `record.record` made, or `uns["integrated_diffusion"]`.
    view : str
        Name of the view.
    """
    kept = record.get("denoising", {})
    return _smoother(_at(kept, view)) if view in kept or keys.as_key(view) in kept else None


def _smoother(kept: Mapping[str, Any]) -> SelectedSmoother:
    tried = kept.get("candidates")
    rows = [] if tried is None else zip(*(tried[part] for part in ("operator", "t", "amount", "error")), strict=True)
    return SelectedSmoother(
        operator=str(kept["operator"]),
        t=int(kept["t"]),
        amount=float(kept["amount"]),
        by=str(kept["by"]),
        error=float(kept.get("error", np.nan)),
        error_as_measured=float(kept.get("error_as_measured", np.nan)),
        candidates=tuple(SmootherCandidate(str(name), int(t), float(a), float(error)) for name, t, a, error in rows),
        counts=_smoother(kept["counts"]) if "counts" in kept else None,
    )


_NAMES_OF_0_1 = {"n_repeats": "rounds", "weight_exponent": "sharpness"}


def _renamed(kept: Mapping[str, Any], name: str) -> Any:
    """A value by its name, or by the one that 0.1 gave it."""
    return kept[name] if name in kept else kept[_NAMES_OF_0_1[name]]


def _by_text(candidates: list[Candidate], text: object) -> Candidate:
    """Find the selected model by its text, which is all that 0.1 kept of it."""
    for candidate in candidates:
        if _text_of_0_1(candidate) == str(text):
            return candidate
    raise ValueError(f"record: expected the selected model among the candidates, found {text!r}; integrate again")


def _text_of_0_1(candidate: Candidate) -> str:
    steps = ", ".join(f"{name} {t}" for name, t in candidate.steps.items())
    settings = f"{steps}; {candidate.n_repeats} rounds; sharpness {candidate.weight_exponent:g}"
    return f"{settings}: error {candidate.error:.4f} ± {candidate.stderr:.4f}"


def _curve(kept: Mapping[str, Any]) -> EntropyCurve:
    t, value, stderr = (np.asarray(kept[part]) for part in ("t", "value", "stderr"))
    return EntropyCurve(t, value, stderr, int(kept["elbow"]))


def _at(kept: Mapping[str, Any], name: str) -> Any:
    """What is kept about a view; a file has no slash in a key."""
    return kept[name] if name in kept else kept[keys.as_key(name)]
