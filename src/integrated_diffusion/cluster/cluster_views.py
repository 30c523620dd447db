"""Views in chunks on a cluster, and what a first pass over them tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from integrated_diffusion.cluster.summary import ChunkSummary
from integrated_diffusion.cluster.tasks import Cluster
from integrated_diffusion.cluster.views import (
    ChunkedView,
    chunked,
    recognised_recipe,
    recognised_representation,
)
from integrated_diffusion.views.checks import check_known
from integrated_diffusion.views.containers import MeasuredViews
from integrated_diffusion.views.recipe import Recipe
from integrated_diffusion.views.recognition import recipes_of
from integrated_diffusion.views.representation import AUTO, representations_of
from integrated_diffusion.views.sample_order import keys_of
from integrated_diffusion.views.samples import SampleSet


@dataclass(frozen=True, eq=False)
class ClusterViews:
    """Views in chunks on a cluster, and what a first pass told about them.

    Attributes
    ----------
    cluster : Cluster
        Where they are.
    chunked : dict of str to ChunkedView
        The views.
    summaries : dict of str to ChunkSummary
        By view.
    """

    cluster: Cluster
    chunked: dict[str, ChunkedView]
    summaries: dict[str, ChunkSummary]

    @classmethod
    def read(cls, cluster: Cluster, views: Mapping[str, Any], with_recipes: bool) -> ClusterViews:
        """Check the views by one pass over each of them."""
        found = chunked(views, cluster.n_threads)
        return cls(cluster, found, {name: view.summary(cluster, with_recipes) for name, view in found.items()})

    @property
    def samples(self) -> SampleSet:
        """The samples, which every view has measured."""
        return SampleSet.shared({name: view.array.shape[0] for name, view in self.chunked.items()})

    @property
    def sample_order(self) -> np.ndarray:
        """Numbers of the samples in the order in which they are drawn from; see `views.sample_order`."""
        keys = sum(keys_of(found.hashes, name) for name, found in self.summaries.items())
        return np.argsort(keys, kind="stable")

    @property
    def measured(self) -> MeasuredViews:
        """The same as measured views; their values are dask arrays."""
        return MeasuredViews({name: view.array for name, view in self.chunked.items()}, self.samples, {})

    def recipes(self, recipes: Any) -> dict[str, Recipe]:
        """Return the recipe of each view that is to be normalised; see `views.recognition.recipes_of`."""
        named = dict.fromkeys(self.chunked, AUTO) if recipes == AUTO else recipes
        if isinstance(named, Mapping):
            named = {name: self._recognised(name) if found == AUTO else found for name, found in named.items()}
        return recipes_of(named, self.measured)

    def _recognised(self, name: str) -> str:
        check_known([name], tuple(self.chunked), "recipes")
        return recognised_recipe(self.summaries[name], self.chunked[name].first_rows(self.cluster), name)

    def representations(self, representation: Any, recipes: Mapping[str, Recipe]) -> dict[str, Recipe]:
        """Return the representation of each view without a recipe; see `views.representation.representations_of`."""
        named = representation if isinstance(representation, Mapping) else dict.fromkeys(self.chunked, representation)
        checked = representations_of(representation, replace(self.measured, views={}), recipes)
        by_name = {
            name: recognised_representation(found) if (chosen := named.get(name, AUTO)) == AUTO else chosen
            for name, found in self.summaries.items()
            if name not in recipes
        }
        return checked | representations_of(by_name, self.measured, recipes)
