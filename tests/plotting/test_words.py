"""Candidate models and formulas in the field's words."""

import pytest

from integrated_diffusion.plotting.words import candidate_words, two_decimals
from integrated_diffusion.selection import Candidate


@pytest.mark.parametrize(
    ("steps", "n_repeats", "exponent", "words"),
    [
        ({"rna": 2, "prot": 1}, 1, 0.0, "rna 2, prot 1"),
        ({"rna": 2, "prot": 0}, 3, 0.0, "rna 2 (×3)"),
        ({"rna": 2, "prot": 1}, 3, 4.0, "rna 2, prot 1 (×3, exponent 4)"),
        ({"a name that is long": 1}, 1, 0.5, "a name th… 1 (exponent 0.5)"),
    ],
)
def test_candidates(steps, n_repeats, exponent, words):
    assert candidate_words(Candidate(steps, n_repeats, exponent, 0.5, 0.1, {})) == words


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("0.333333 rna + 0.666667 prot", "0.33 rna + 0.67 prot"),
        ("(0.333333 rna + 0.666667 prot)³", "(0.33 rna + 0.67 prot)³"),
        ("0.5 rna + 0.5 prot", "0.5 rna + 0.5 prot"),
        ("rna³ · prot", "rna³ · prot"),
        ("v1.23456 · x0.3333 · 1.2345.6", "v1.23456 · x0.3333 · 1.2345.6"),  # names of views
    ],
)
def test_weights_have_two_decimals(formula, words):
    assert two_decimals(formula) == words
