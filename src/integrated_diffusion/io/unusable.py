"""What of a MuData cannot be integrated: modalities without features, or of other cells."""

from __future__ import annotations

import warnings
from collections.abc import Sequence


class EmptyModalityWarning(UserWarning):
    """A modality has no features and is left out."""


def warn_of_empty(modalities: Sequence[str]) -> None:
    """Warn of modalities without features, such as receptor sequences, that are left out.

    Parameters
    ----------
    modalities : sequence of str
        Their names; there may be none.
    """
    if modalities:
        warnings.warn(
            f"expected features in every modality, found none in {' and '.join(map(repr, modalities))}; left out",
            EmptyModalityWarning,
            stacklevel=4,
        )


def other_cells(where: str) -> ValueError:
    """Return the error about a MuData of `axis=1`, whose modalities are of other cells."""
    return ValueError(
        f"{where}: expected modalities of the same cells (axis=0), found a MuData of axis=1, whose modalities have the "
        "same features in other cells; make a MuData of axis=0 from measurements of the same cells"
    )
