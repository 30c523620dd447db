"""What a fit of `IntegratedDiffusion` leaves, under the names of the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.integration import Integration
from integrated_diffusion.io.writing.names import Names
from integrated_diffusion.model.smoothing import SelectedSmoothers
from integrated_diffusion.operators import Operator
from integrated_diffusion.operators.blocks import is_lazy
from integrated_diffusion.runtime.deprecation import deprecated_attribute, warn_renamed
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.selection import Selection
from integrated_diffusion.selection.smoothers import CROSS_VALIDATED, SelectedSmoother
from integrated_diffusion.spectrum.entropy import EntropyCurve


class Fitted:
    """The attributes of a fitted model; `IntegratedDiffusion` says what each of them is."""

    integration_: Integration
    names_: dict[str, Names]
    operator_: Operator
    embedding_: np.ndarray
    power_: int
    _frames: frozenset[str]
    verbose: Any
    power: Any
    embedding: str

    rounds_ = deprecated_attribute("rounds_", "n_repeats_")
    trust_ = deprecated_attribute("trust_", "view_weights_")

    @property
    def joint_(self) -> IntegratedOperator:
        """Old name of `integration_.operator`."""
        warn_renamed("IntegratedDiffusion", "joint_", "integration_.operator")
        return self.integration_.operator

    @property
    def entropy_(self) -> dict[str, EntropyCurve]:
        """Each view's spectral entropy, in nats."""
        with one_blas_thread():
            return dict(self.integration_.entropy)

    @property
    def _is_on_cluster(self) -> bool:
        """Whether the fit was one of dask arrays."""
        return is_lazy(self.embedding_)

    def _check_in_memory(self, what: str) -> None:
        """Raise `TypeError` if something that is computed in memory alone is asked of a fit of dask arrays."""
        if self._is_on_cluster:
            raise TypeError(
                f"{what}: expected a fit of views in memory, found one of dask arrays; fit the views, or some of their "
                "samples, in memory"
            )

    def _keep(self, integration: Integration, select: Callable[[str], SelectedSmoother] | None = None) -> None:
        """Keep what was built, and its parts under the names of the contract.

        Parameters
        ----------
        integration : Integration
            What was built.
        select : callable or None, default None
            Selects the smoother of a view, see `SelectedSmoothers`.
        """
        steps, joined = integration.steps, integration.operator
        self.__dict__.pop("_kept_reference", None)
        self.integration_ = integration
        self.batches_ = integration.construction.batches
        self.views_ = {name: view.raw for name, view in integration.views.items()}
        self.recipes_ = integration.recipes
        self.representation_ = integration.representations
        self.measured_ = dict(integration.samples.measured)
        self.operators_ = dict(joined.operators)
        self.steps_ = dict(steps.steps)
        self.n_repeats_ = joined.n_repeats
        self.selection_ = steps if isinstance(steps, Selection) else None
        self.view_weights_ = None if steps.view_weights is None else dict(steps.view_weights)
        self.operator_ = joined.operator
        self.denoising_ = SelectedSmoothers(integration, select=select)

    def _power_of_denoising(self, power: int | None, amount: float | str | None) -> int | None:
        """The given power of `J`, or that which prediction chose if the model was asked for one."""
        selected = power is None and not isinstance(amount, str) and self.power == CROSS_VALIDATED
        return self.power_ if selected else power
