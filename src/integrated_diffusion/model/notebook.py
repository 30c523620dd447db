"""A model as a notebook shows it: its views, what each contributes, and the integrated operator."""

from __future__ import annotations

from typing import Any

from integrated_diffusion.model.fitted import Fitted
from integrated_diffusion.runtime.html import html_paragraph, html_table


class ShownInNotebooks(Fitted):
    """What `IntegratedDiffusion` shows of itself."""

    def _repr_html_(self) -> str:
        """Return a table of the views once the model is fitted, before that its parameters."""
        if not hasattr(self, "integration_"):
            parent: Any = super()
            return str(parent._repr_html_())
        contributions = {} if self.selection_ is None else self.selection_.view_contributions
        rows = [
            (
                name,
                f"{view.values.shape[0]:,}",
                f"{view.values.shape[1]:,}",
                view.recipe.name if view.recipe else self.representation_.get(name, "as measured"),
                self.steps_[name],
                contributions.get(name, ""),
            )
            for name, view in self.integration_.views.items()
        ]
        heading = ("view", "samples", "features", "prepared", "steps t", "contribution")
        n_samples, n_components = self.embedding_.shape
        power = "all powers" if self.power is None else f"power {self.power_}"
        formula = f"integrated operator J = {self.operator_!r}, {power}; embedding_ {n_samples:,} × {n_components:,}"
        return html_table("Integrated diffusion", heading, rows) + html_paragraph(formula)
