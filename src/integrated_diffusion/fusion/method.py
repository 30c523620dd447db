"""Baselines: ways to fuse several views into one operator, behind one signature for all."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Protocol

from integrated_diffusion.filters.multiscale import DEFAULT_DENOISING, LocalDenoising
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.kernels import Kernel
from integrated_diffusion.neighbors import KNeighbors
from integrated_diffusion.operators import Operator
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.selection.shorthands import construction_of
from integrated_diffusion.views.containers import as_views
from integrated_diffusion.views.validation import View

Fuse = Callable[[dict[str, View], Construction], Operator]
"""From views and settings to an operator."""


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
        """Fuse the views into one operator.

        Parameters
        ----------
        views : mapping, sequence or MuData
            Mapping from name to array, list of arrays, or MuData; all on the same samples.
        kernel : Kernel or None, default None
            From neighbours to affinities; `DEFAULT_KERNEL` unless given.
        local_denoising : LocalDenoising or None, default LocalDenoising()
            Algorithm 1's settings, for methods that denoise; `None` leaves the views as they are.
        steps : str, mapping of str to int or Rule, default 'entropy'
            `"entropy"`, `"cross_validated"`, number of steps by view, or a rule, for methods that power.
        n_pca : int or None, default 50
            Number of principal components of each view; `None` for the view itself.
        search : KNeighbors or None, default None
            How neighbours are found; exact or approximate by the number of samples unless given.
        random_state : int, default 0
            Seed of everything that is drawn.
        n_jobs : int or None, default None
            Number of threads; the result does not depend on it.

        Returns
        -------
        Operator
            On as many samples as the views have, its rows summing to one.

        Raises
        ------
        TypeError, ValueError
            If the views do not fit together or a parameter is out of range.

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
    fuse : callable
        From views by name and the settings to an operator; its docstring says what it does.
    """

    def fused(views: Any, **settings: Any) -> Operator:
        given = _SIGNATURE.bind(views, **settings)
        given.apply_defaults()
        construction = construction_of(given.arguments)
        with one_blas_thread():
            return fuse(as_views(views), construction)

    fused.__signature__ = _SIGNATURE  # type: ignore[attr-defined]
    fused.__name__ = fused.__qualname__ = fuse.__name__
    fused.__module__ = fuse.__module__
    # What the method is, then what all of them take and give.
    shared = inspect.cleandoc(Method.__call__.__doc__ or "").partition("\n\n")[2]
    fused.__doc__ = f"{inspect.cleandoc(fuse.__doc__ or '')}\n\n{shared}\n"
    METHODS[fuse.__name__] = fused
    return fused


_SIGNATURE = inspect.signature(Method.__call__.__get__(object()))  # without `self`
