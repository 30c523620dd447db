"""Names of samples that differ by their spelling only are told so."""

import numpy as np
import pandas as pd
import pytest

from integrated_diffusion.views.containers import measured_views
from integrated_diffusion.views.names import alike, match_rows

BARCODES = ["AACG", "AAGT", "ACCT", "TTGA"]
SPELLINGS = {
    "a number at their ends": [f"{name}-1" for name in BARCODES],
    "what stands before '_', ':' or '#'": [f"donor_{name}" for name in BARCODES],
    "what stands before '_', ':' or '#' and a number at their ends": [f"run:{name}-1" for name in BARCODES],
    "capital letters": [name.lower() for name in BARCODES],
    "spaces at their ends": [f"{name} " for name in BARCODES],
}


@pytest.mark.parametrize("words", SPELLINGS)
def test_the_spelling_is_told(words):
    others = SPELLINGS[words]
    said = f"write names alike, they differ by {words} only ('AACG' and '{others[0]}')"
    assert alike(BARCODES, others[::-1]) == said
    with pytest.raises(ValueError, match="found none that") as error:
        match_rows(BARCODES, others, "'rna'", "'prot'")
    assert said in str(error.value)
    frames = {
        "rna": pd.DataFrame(np.ones((4, 3)) + np.eye(4, 3), index=BARCODES),
        "prot": pd.DataFrame(np.ones((4, 2)) + np.eye(4, 2), index=others),
    }
    with pytest.raises(ValueError, match="no sample bridges") as error:
        measured_views(frames)
    assert said in str(error.value)


def test_other_names_are_other_names():
    assert alike(BARCODES, ["x", "y"]) == "check that names are written alike"
    assert alike(["a-1", "a-2"], ["a"]) == "check that names are written alike"  # not clear which
