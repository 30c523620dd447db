"""Text of the command line made into values."""

import pytest

from integrated_diffusion.cli.parameters import pairs, sources_of, step_counts


def test_names_may_hold_equal_signs():
    assert step_counts(["a=b=2", "prot=1"]) == {"a=b": 2, "prot": 1}
    assert pairs(["a=b=rna"], "--normalize") == {"a=b": "rna"}
    assert sources_of(["rna=cells:layers/a=b", "prot"]) == {"rna": "cells:layers/a=b", "prot": "prot"}


@pytest.mark.parametrize("word", ["a", "a=", "=2"])
def test_half_a_pair_is_refused(word):
    with pytest.raises(ValueError, match=f"expected NAME=VALUE, found '{word}'"):
        pairs([word], "--steps")
