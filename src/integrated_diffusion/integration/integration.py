"""Integration: views and settings to reduced views, diffusion operators, steps, and the integrated operator `J`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from integrated_diffusion.integration.construction import Construction, ViewRule
from integrated_diffusion.integration.imputation_repeats import imputation_repeats
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.steps import EntropySteps, Steps
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.operators.embedded import on_measured
from integrated_diffusion.runtime.progress import silent
from integrated_diffusion.spectrum.entropy import EntropyCurve
from integrated_diffusion.views.containers import MeasuredViews
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.recipe import FittedRecipe, Recipe
from integrated_diffusion.views.sample_order import sample_order
from integrated_diffusion.views.samples import SampleSet
from integrated_diffusion.views.validation import View


@dataclass(frozen=True, eq=False)
class Integration:
    """Everything between measured views and their integrated operator.

    Attributes
    ----------
    construction : Construction
        The settings.
    samples : SampleSet
        Which samples there are, and which of them each view has measured.
    views : mapping of str to PreparedView
        Measured, normalised and reduced values by view, a row for each sample that the view has measured.
    coordinates : mapping of str to array of shape (n_measured, n_coordinates)
        By view, where neighbours were sought: the reduced view, locally denoised if `local_denoising` is set.
    steps : Steps
        Number of steps (diffusion time `t`) of each view, and how they were chosen.
    operator : IntegratedOperator
        `J`, with the diffusion operators it is made of.
    """

    construction: Construction = field(repr=False)
    samples: SampleSet
    views: Mapping[str, PreparedView]
    coordinates: Mapping[str, View] = field(repr=False)
    steps: Steps
    operator: IntegratedOperator = field(repr=False)

    @property
    def operators(self) -> Mapping[str, DiffusionOperator]:
        """Each view's diffusion operator, by name."""
        return self.operator.operators

    @cached_property
    def entropy(self) -> Mapping[str, EntropyCurve]:
        """Each view's spectral entropy, by name; computed at the first look unless the steps were chosen by it."""
        if self.steps.curves:
            return self.steps.curves
        measured = {name: on_measured(P) for name, P in self.operators.items()}
        return EntropySteps().curves(measured, self.construction.random_state)

    def denoisable(self, view: str) -> View:
        """Return a view's normalised values with a row for every sample, zeros where it has not measured."""
        return self.samples.spread(view, self.views[view].values)

    @property
    def recipes(self) -> dict[str, FittedRecipe]:
        """What prepares new samples, by view; without the views whose coordinates were given."""
        return {name: view.fitted for name, view in self.views.items() if view.fitted is not None}

    @property
    def representations(self) -> dict[str, str]:
        """How features of the views without a recipe were scaled, by view."""
        names = {name: view.representation_name for name, view in self.views.items()}
        return {name: found for name, found in names.items() if found is not None}


def integrate(
    measured: MeasuredViews,
    construction: Construction,
    recipes: Mapping[str, Recipe] | None = None,
    representations: Mapping[str, Recipe] | None = None,
) -> Integration:
    """Build the integrated operator of several views.

    Parameters
    ----------
    measured : MeasuredViews
        Checked views of the same samples.
    construction : Construction
        The settings of all stages.
    recipes : mapping of str to Recipe, default none
        Recipe by view; the values of other views are taken as they are.
    representations : mapping of str to Recipe, default none
        By view without a recipe, how its features are scaled before distances are taken; not at all unless named.

    Returns
    -------
    Integration

    Raises
    ------
    ValueError
        If there are no more samples than neighbours, or a recipe for counts meets negative values.
    """
    construction = replace(
        construction,
        measured=None if measured.samples.is_complete else measured.samples.measured,
        sample_order=sample_order(measured.views, measured.samples),
    )
    views = construction.prepare(measured.views, recipes, representations)
    coordinates = construction.denoise({name: view.representation for name, view in views.items()})
    operators = construction.operators(coordinates)
    construction.progress("steps", 0, 3)
    steps = construction.choose(views, operators)
    joined = construction.join(operators, steps)
    if construction.measured is not None and isinstance(
        construction.steps, ViewRule
    ):  # others choose nothing by values
        joined = replace(
            joined,
            imputation_repeats={
                name: imputation_repeats(joined, name, X, construction.random_state, construction.sample_order)
                for name, X in coordinates.items()
                if not construction.measured[name].all()
            },
        )
    return Integration(replace(construction, progress=silent), measured.samples, views, coordinates, steps, joined)
