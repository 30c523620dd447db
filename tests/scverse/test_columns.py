"""A column that several modalities have is one column if they agree where both have the cell."""

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from integrated_diffusion.scverse.columns import agreed
from integrated_diffusion.scverse.ingest import _labels


def test_what_one_lacks_the_other_has():
    one, other = pd.Series(["T", None, "B"]), pd.Series([None, "T", "B"])
    assert agreed([one, other]).tolist() == agreed([other, one]).tolist() == ["T", "T", "B"]
    categories = agreed([one.astype("category"), other.replace("T", "NK").astype("category")])
    assert categories.tolist() == ["T", "NK", "B"]
    assert agreed([one, other, pd.Series(["B", None, None])]) is None
    assert agreed([one]) is one


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_labels_of_a_reference_may_be_in_both_modalities():
    obs = pd.DataFrame({"kind": np.repeat(["T", "B"], 3)}, index=[f"c{i}" for i in range(6)])
    rna, prot = (
        AnnData(np.ones((6, 2)), obs=obs, var=pd.DataFrame(index=[f"{name}{i}" for i in range(2)])) for name in "rp"
    )
    reference = mudata.MuData({"rna": rna[:5].copy(), "prot": prot[1:].copy()})
    assert _labels(reference, "kind")[obs.index].tolist() == obs["kind"].tolist()
    reference["prot"].obs["kind"] = "B"
    with pytest.raises(ValueError, match="expected a column of the reference, found 'kind'; try"):
        _labels(reference, "kind")
