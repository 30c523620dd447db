"""Options of the command line made into values: the one place where text stands for settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from integrated_diffusion.cli.options import Fitting, Preset
from integrated_diffusion.filters.multiscale import DEFAULT_DENOISING
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.operators.build import DEFAULT_KERNEL
from integrated_diffusion.selection.smoothers import CROSS_VALIDATED, check_amount


class Requested(NamedTuple):
    """What is asked of the smoother; `None` leaves it to what was selected.

    Parameters
    ----------
    power : int or None
        Power of the integrated operator.
    amount : float, str or None
        Share of the smoothed value, or `'cross_validated'`.
    scale : str
        Scale of the denoised values.
    """

    power: int | None
    amount: float | str | None
    scale: str


def model_of(fitting: Fitting, **settings: Any) -> IntegratedDiffusion:
    """Return a model with the settings of a preset, except those given.

    Parameters
    ----------
    fitting : Fitting
        The options.
    **settings : object
        Parameters of the model by name; `None` leaves a parameter to the preset.

    Returns
    -------
    IntegratedDiffusion
        Not fitted.
    """
    model = IntegratedDiffusion.paper() if fitting.preset == Preset.PAPER else IntegratedDiffusion()
    settings |= {name: getattr(fitting, name) for name in ("order", "n_pca", "random_state", "n_jobs")}
    settings["steps"] = step_counts(fitting.steps)
    model.set_params(**{name: value for name, value in settings.items() if value is not None})
    if fitting.n_neighbors is not None:
        kernel = model.kernel if isinstance(model.kernel, AlphaDecayKernel) else DEFAULT_KERNEL
        model.set_params(kernel=dataclasses.replace(kernel, n_neighbors=fitting.n_neighbors))
    if fitting.local_denoising is not None:
        denoising = model.local_denoising or DEFAULT_DENOISING
        model.set_params(local_denoising=denoising if fitting.local_denoising else None)
    return model


def pairs(words: Sequence[str] | None, option: str) -> dict[str, str]:
    """Return values by name.

    Parameters
    ----------
    words : sequence of str or None
        `NAME=VALUE` each; a name may have more `=`, a value none.
    option : str
        The option they were given to, for messages.

    Returns
    -------
    dict of str to str

    Raises
    ------
    ValueError
        If a word is not `NAME=VALUE`, or a name is given twice.
    """
    return _by_name([word.rpartition("=") for word in words or ()], option)


def sources_of(words: Sequence[str] | None) -> dict[str, str] | None:
    """Return where each view is in its file: `NAME=WHERE`, or `NAME` alone if it is called so; `None` for all views."""
    if not words:
        return None
    return _by_name([(word if "=" in word else f"{word}={word}").partition("=") for word in words], "--view")


def _by_name(parts: Sequence[tuple[str, str, str]], option: str) -> dict[str, str]:
    """Values by name, of words that were split at a `=`."""
    found: dict[str, str] = {}
    for name, equals, value in parts:
        if not (name and equals and value):
            word = f"{name}{equals}{value}"
            raise ValueError(f"{option}: expected NAME=VALUE, found {word!r}; write for instance {option} rna=...")
        if name in found:
            raise ValueError(f"{option}: expected each view once, found {name!r} twice; leave one out")
        found[name] = value
    return found


def names_of(words: str | None) -> list[str] | None:
    """Return the names in `A,B,...`; `None` if there are none."""
    names = [name.strip() for name in (words or "").split(",") if name.strip()]
    return names or None


def excluded_features(words: Sequence[str] | None) -> list[str] | None:
    """Return names of features that are given one by one or in files, a line each; `None` if none is given."""
    if words is None:
        return None
    found: list[str] = []
    for word in filter(None, words):
        lines = Path(word).read_text(encoding="utf-8").splitlines() if Path(word).is_file() else [word]
        found += [line.strip() for line in lines if line.strip()]
    return found


def step_counts(words: Sequence[str] | None) -> dict[str, int] | None:
    """Return the number of steps by view.

    Parameters
    ----------
    words : sequence of str or None
        `NAME=T` each.

    Returns
    -------
    dict of str to int or None
        `None` if there are none.

    Raises
    ------
    ValueError
        If a number of steps is not a whole number.
    """
    counts = {}
    for name, text in pairs(words, "--steps").items():
        if not text.removeprefix("-").isdecimal():
            raise ValueError(f"--steps: expected a whole number of steps of '{name}', found {text!r}; write {name}=2")
        counts[name] = int(text)
    return counts or None


def amount_of(text: str | None) -> float | str | None:
    """Return the amount in a text: a number from 0 to 1, or `'cross_validated'`; `None` if there is none.

    Raises
    ------
    ValueError
        If it is something else.
    """
    if text is None or text == CROSS_VALIDATED:
        return text
    try:
        amount = float(text)
    except ValueError:
        raise ValueError(
            f"--amount: expected a number from 0 to 1 or {CROSS_VALIDATED}, found {text!r}; write for instance 0.7"
        ) from None
    check_amount(amount)
    return amount
