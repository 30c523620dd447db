"""The comparison on the cells that come with the package says what the model found."""

import numpy as np
import pytest

from integrated_diffusion.cli.cells_comparison import GENE, INTEGRATED, PROTEIN, compare_on_cells
from integrated_diffusion.datasets import pbmc_citeseq
from integrated_diffusion.metrics import knn_accuracy
from integrated_diffusion.plotting.comparison import comparison_figure

pytestmark = pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")


@pytest.fixture(scope="module")
def shown():
    return compare_on_cells()


def test_both_modalities_tell_cell_types_better_than_rna(shown):
    assert list(shown.maps) == list(shown.accuracies) == ["RNA alone", "proteins alone", INTEGRATED]
    assert shown.accuracies[INTEGRATED] == knn_accuracy(shown.model.embedding_, shown.labels)
    assert shown.accuracies[INTEGRATED] > shown.accuracies["RNA alone"] + 0.03


def test_the_gene_agrees_more_with_its_protein_once_denoised(shown):
    assert shown.agreements["denoised"] > shown.agreements["as measured"] > 0.3


def test_features_are_those_of_the_cells(shown):
    cells = pbmc_citeseq()
    measured, denoised, protein = shown.features.values()
    counted = cells["rna"].X[:, list(cells["rna"].var_names).index(GENE)].toarray()[:, 0] > 0
    np.testing.assert_array_equal(measured > 0, counted)
    assert next(iter(shown.features)) == f"gene {GENE}, in {counted.mean():.0%} of the cells"
    assert (denoised > 0).sum() > counted.sum()
    order = np.asarray(cells["prot"].X)[:, list(cells["prot"].var_names).index(PROTEIN)]
    assert np.corrcoef(np.log1p(order), protein)[0, 1] > 0.9


def test_the_picture_has_a_panel_for_each(shown):
    figure = comparison_figure(shown.maps, shown.labels, dict(list(shown.features.items())[:2]), "title", "type")
    figure.draw_without_rendering()
    panels = figure.axes[:6]
    assert [axis.get_title() for axis in panels] == [*shown.maps, *list(shown.features)[:2], ""]
    assert [text.get_text() for text in panels[2].get_legend().get_texts()] == sorted(set(shown.labels))
    assert not panels[5].axison
