"""What a way of fusing views is: a function from views and settings to a walk, behind one signature for all."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Protocol

from integrated_diffusion.filters.multiscale import DEFAULT_DENOISING, LocalDenoising
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.orders import given_order
from integrated_diffusion.kernels import Kernel
from integrated_diffusion.neighbors import KNeighbors
from integrated_diffusion.operators import Operator
from integrated_diffusion.operators.build import DEFAULT_KERNEL
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.selection.shorthands import as_step_rule
from integrated_diffusion.views.validation import View, as_views

Fuse = Callable[[dict[str, View], Construction], Operator]
"""From views and settings to a walk."""


class Method(Protocol):
    """The one signature of all ways to fuse views."""

    __name__: str

    def __call__(
        self,
        views: Any,
        *,
        kernel: Kernel | None = None,
        local_denoising: LocalDenoising | None = DEFAULT_DENOISING,
        steps: Any = "entropy",
        n_pca: int | None = 50,
        search: KNeighbors | None = None,
        random_state: int = 0,
        n_jobs: int | None = None,
    ) -> Operator:
        """Fuse the views into one walk.

        Parameters
        ----------
        views
            Mapping from name to array, list of arrays, or MuData; all on the same samples.
        kernel
            From neighbours to affinities; `graph.DEFAULT_KERNEL` unless given.
        local_denoising
            Algorithm 1's settings, for methods that denoise; `None` leaves the views as they are.
        steps
            `"entropy"`, `"cross_validated"`, a mapping or a rule, for methods that power.
        n_pca
            Number of principal components of each view; `None` for the view itself.
        search
            How neighbours are found.
        random_state
            Seed of everything that is drawn.
        n_jobs
            Number of threads; the result does not depend on it.

        Returns
        -------
        Operator
            The joint walk, on as many samples as the views have.

        Raises
        ------
        TypeError, ValueError
            If the views do not fit together (see `validation.as_views`) or a parameter is out of range.

        Examples
        --------
        >>> from integrated_diffusion import datasets, fusion
        >>> views = datasets.noisy_digits(noise=(0.3, 0.3), n_samples=100).views
        >>> fusion.alternating(views)
        view1 · view2
        """
        ...


METHODS: dict[str, Method] = {}
"""Every way to fuse views by its name."""


def method(fuse: Fuse) -> Method:
    """Give a way to fuse views the one signature, and list it among the `METHODS`.

    Parameters
    ----------
    fuse
        From views by name and the settings to a walk; its docstring says what it does.
    """

    def fused(
        views: Any,
        *,
        kernel: Kernel | None = None,
        local_denoising: LocalDenoising | None = DEFAULT_DENOISING,
        steps: Any = "entropy",
        n_pca: int | None = 50,
        search: KNeighbors | None = None,
        random_state: int = 0,
        n_jobs: int | None = None,
    ) -> Operator:
        rule = as_step_rule(steps)
        construction = Construction(
            kernel=kernel or DEFAULT_KERNEL,
            local_denoising=local_denoising,
            steps=rule,
            order=getattr(rule, "order", given_order),
            n_pca=n_pca,
            search=search,
            random_state=random_state,
            n_jobs=n_jobs,
        )
        with one_blas_thread():
            return fuse(as_views(views), construction)

    fused.__name__ = fused.__qualname__ = fuse.__name__
    fused.__module__ = fuse.__module__
    # What the method is, then what all of them take and give.
    shared = inspect.cleandoc(Method.__call__.__doc__ or "").partition("\n\n")[2]
    fused.__doc__ = f"{inspect.cleandoc(fuse.__doc__ or '')}\n\n{shared}\n"
    METHODS[fuse.__name__] = fused
    return fused
