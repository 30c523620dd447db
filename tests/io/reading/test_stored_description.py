"""A record is checked before anything is made of it."""

from types import SimpleNamespace

import numpy as np
import pytest

from integrated_diffusion.integration.orders import ORDERS
from integrated_diffusion.io import keys, stored_operator
from integrated_diffusion.io.reading.stored_description import MOST, operator_description, reading_record

SOUND = {
    "views": np.array(["rna", "prot"], dtype=object),
    "steps": np.array([2, 1]),
    "order": next(iter(ORDERS)),
    "n_repeats": 1,
    "weighted_views": np.array([], dtype=object),
    "symmetrisation": np.array(["average", "average"], dtype=object),
    "anisotropy": np.array([0.0, 0.0]),
}


def described(**changes):
    entries = {name: value for name, value in {**SOUND, **changes}.items() if value is not None}
    return operator_description({keys.OPERATOR: entries}, "x.h5mu", tuple(ORDERS))


def test_a_sound_record():
    found = described()
    assert found["views"] == ["rna", "prot"]
    assert found["steps"] == [2, 1]
    assert found["n_repeats"] == 1
    assert described(n_repeats=np.float64(3))["n_repeats"] == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n_repeats": -1}, "'n_repeats' -1, not a whole number from 1"),
        ({"n_repeats": 10**9}, f"'n_repeats' 1000000000, not a whole number from 1 to {MOST:,}"),
        ({"n_repeats": 1.5}, "'n_repeats' 1.5"),
        ({"n_repeats": np.nan}, "'n_repeats' nan"),
        ({"n_repeats": "many"}, "an entry of another kind"),
        ({"n_repeats": None}, "no 'n_repeats'"),
        ({"steps": np.array([2, -1])}, "'steps' -1"),
        ({"steps": np.array([2, 10**12])}, "'steps' 1000000000000"),
        ({"steps": np.array([2])}, "1 entries of 'steps' for 2 views"),
        ({"steps": None}, "no 'steps'"),
        ({"views": np.array([], dtype=object)}, "views"),
        ({"views": np.array(["rna", "rna"], dtype=object)}, "views 'rna', 'rna'"),
        ({"weighted_views": np.array(["x"], dtype=object)}, "weighted 'x'"),
        ({"anisotropy": np.array([np.nan, 0])}, "'anisotropy' nan"),
        ({"imputation_repeats": np.array([-3])}, "'imputation_repeats' -3"),
    ],
)
def test_each_entry_out_of_its_range(changes, said):
    with pytest.raises(ValueError, match=r"expected the record of an integration in x\.h5mu .* damaged") as found:
        described(**changes)
    assert said in str(found.value)


@pytest.mark.parametrize("record", [{}, None, "text", np.zeros(3), {"other": 1}])
def test_no_record(record):
    with pytest.raises(ValueError, match="expected an integrated operator in the MuData, found none"):
        stored_operator(SimpleNamespace(uns={keys.RECORD: record}, obsm={}, obsp={}))


def test_errors_of_a_record_are_one_line():
    for error, said in (
        (KeyError("parameters"), "no 'parameters'"),
        (TypeError("'NoneType' object"), "an entry of another kind"),
    ):
        with pytest.raises(ValueError, match="found one that is damaged") as found, reading_record("x.h5mu"):
            raise error
        assert said in str(found.value)
    with pytest.raises(TypeError, match="expected a list"), reading_record("x.h5mu"):
        raise TypeError("expected a list, found text; give one")
