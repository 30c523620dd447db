"""What a notebook shows: the model, what was selected, curves, associations, and progress; every text escaped."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.association import NoSmoothing, associate, protein_pairs
from integrated_diffusion.model.parameters import progress_of
from integrated_diffusion.runtime.html import html_curve, html_table
from integrated_diffusion.runtime.notebook import in_notebook
from integrated_diffusion.runtime.progress import silent
from integrated_diffusion.scverse import pl, pp, tl

EVIL = "<script>alert('x')</script>"


class Cells(HTMLParser):
    """The texts of the cells of tables, row by row, and the rows that are bold."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.marked, self.tags = [], [], set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
            self.marked.append("bold" in dict(attrs).get("style", ""))

    def handle_data(self, data):
        if self.rows and data.strip():
            self.rows[-1].append(data)


@pytest.fixture(scope="module")
def views():
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(80, 2))
    return {name: hidden @ rng.normal(size=(2, 12)) + 0.3 * rng.normal(size=(80, 12)) for name in ("a", EVIL)}


@pytest.fixture(scope="module")
def model(views):
    return IntegratedDiffusion(n_components=3).fit(views)


def test_a_fitted_model(model):
    html = model._repr_html_()
    found = Cells(html)
    assert "script" not in found.tags
    heading, first, second = found.rows[:3]
    assert heading == ["view", "samples", "features", "prepared", "steps t", "contribution"]
    assert first[:3] == ["a", "80", "12"]
    assert second[0] == EVIL
    assert first[5] == str(model.selection_.view_contributions["a"])
    assert "embedding_ 80 × 3" in html


def test_a_model_that_is_not_fitted():
    html = IntegratedDiffusion(n_components=7)._repr_html_()
    assert "n_components" in html


def test_selection(model):
    selection = model.selection_
    found = Cells(selection._repr_html_())
    assert "script" not in found.tags
    assert len(found.rows) == len(selection.candidates) + 1
    (marked,) = np.flatnonzero(found.marked)
    assert found.rows[marked][-1].startswith(f"{selection.chosen.error:.4f}")
    assert found.rows[marked][:2] == [str(t) for t in selection.chosen.steps.values()]


def test_curves(model):
    curve = model.entropy_["a"]
    html = curve._repr_html_()
    assert f"elbow at t = {curve.elbow}" in html
    points = re.search(r'points="([^"]+)"', html)[1].split()
    assert len(points) == len(curve.t)
    assert ("circle" in html) == (curve.elbow <= len(curve.t))
    flat = html_curve(np.array([1.0]), np.array([0.0]), 5, EVIL)
    assert "nan" not in flat
    assert "script" not in Cells(flat).tags


def test_associations():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    pairs = protein_pairs(["CD4", "CD14", EVIL], ["CD4", "CD14", EVIL, "CD25"])
    found = associate(NoSmoothing(), x, np.hstack([x, x[:, :1]]), pairs, n_shuffles=10)
    html = found._repr_html_()
    cells = Cells(html)
    assert "script" not in cells.tags
    assert cells.rows[0] == ["first", "second", "score", "null_mean", "excess", "q_value"]
    assert sum(cells.marked) == (found.q_value <= 0.05).sum() > 0
    assert "CD25: expected IL2RA" in html
    bare = Cells(associate(NoSmoothing(), x, x, pairs, n_shuffles=0)._repr_html_())
    assert bare.rows[0] == ["first", "second", "score"]


def test_a_table_marks_its_rows():
    assert Cells(html_table(EVIL, ["a"], [[1], [EVIL]], {1})).marked == [False, False, True]


def test_progress_goes_to_the_notebook(monkeypatch, views):
    pytest.importorskip("IPython.display")
    assert not in_notebook()
    shown = []
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: SimpleNamespace(kernel=object()))
    handle = SimpleNamespace(update=lambda html: shown.append(html.data))
    monkeypatch.setattr("IPython.display.display", lambda html, display_id: handle)
    assert in_notebook()
    IntegratedDiffusion(n_components=3, steps={"a": 1, EVIL: 1}, verbose=True).fit(views)
    assert len(shown) >= 2
    assert "<progress" in shown[0]
    assert all("script" not in Cells(html).tags for html in shown)
    assert shown[-1] == ""


def test_no_progress_unless_it_is_asked_for():
    with progress_of(False) as progress:
        assert progress is silent


@pytest.mark.parametrize("module", [pl, tl, pp])
def test_only_public_names_are_listed(module):
    assert dir(module) == sorted(module.__all__)
