"""Smoothers of views on a cluster, selected in memory at the samples by which the steps are chosen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from integrated_diffusion.cluster.cluster_views import ClusterViews
from integrated_diffusion.cluster.steps import sample_in_memory
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.integration import Integration
from integrated_diffusion.selection.rule import CrossValidatedSteps
from integrated_diffusion.selection.smoothers import SelectedSmoother
from integrated_diffusion.selection.smoothing_rule import select_smoother
from integrated_diffusion.views.prepared import PreparedView


@dataclass(frozen=True, eq=False)
class SmootherSelection:
    """Selects the smoother of a view at a sample of the samples.

    Parameters
    ----------
    views : ClusterViews
        The views.
    integration : Integration
        What was fitted to them.
    """

    views: ClusterViews = field(repr=False)
    integration: Integration = field(repr=False)

    def __call__(self, view: str) -> SelectedSmoother:
        """Select the smoother of a view."""
        sample, integrated, construction = self._sample
        return select_smoother(sample[view], integrated, construction)

    @cached_property
    def _sample(self) -> tuple[dict[str, PreparedView], IntegratedOperator, Construction]:
        """The drawn samples, and their integrated operator of the same steps, without weights of single samples."""
        built = self.integration
        most = getattr(built.construction.steps, "max_samples", None) or CrossValidatedSteps().max_samples
        sample, construction = sample_in_memory(self.views, built.views, built.construction, most)
        operators = construction.operators({name: view.representation for name, view in sample.items()})
        return sample, construction.join(operators, replace(built.steps, view_weights=None)), construction
