"""From the command line's words to values: the one place where text stands for settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from integrated_diffusion.filters.multiscale import DEFAULT_DENOISING
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.operators.build import DEFAULT_KERNEL


class Preset(StrEnum):
    """Settings to start from."""

    DEFAULT = "default"
    PAPER = "paper"


def model_of(
    preset: Preset, n_neighbors: int | None, local_denoising: bool | None, settings: Mapping[str, Any]
) -> IntegratedDiffusion:
    """Return a model by a preset and what departs from it.

    Parameters
    ----------
    preset
        Settings to start from.
    n_neighbors
        Neighbour that sets the kernel's bandwidth, that of the preset unless given.
    local_denoising
        Whether views are denoised on their own first; as the preset does unless given.
    settings
        Other parameters; `None` leaves them to the preset.
    """
    model = IntegratedDiffusion.paper() if preset == Preset.PAPER else IntegratedDiffusion()
    model.set_params(**{name: value for name, value in settings.items() if value is not None})
    if n_neighbors is not None:
        kernel = model.kernel if isinstance(model.kernel, AlphaDecayKernel) else DEFAULT_KERNEL
        model.set_params(kernel=dataclasses.replace(kernel, n_neighbors=n_neighbors))
    if local_denoising is not None:
        model.set_params(local_denoising=(model.local_denoising or DEFAULT_DENOISING) if local_denoising else None)
    return model


def pairs(words: Sequence[str] | None, option: str) -> dict[str, str]:
    """Take `NAME=VALUE` words apart.

    Raises
    ------
    ValueError
        If a word has no `=`, or a name comes twice.
    """
    found: dict[str, str] = {}
    for word in words or ():
        name, equals, value = word.partition("=")
        if not (name and equals and value):
            raise ValueError(f"{option}: expected NAME=VALUE, found {word!r}; write for instance {option} rna=...")
        if name in found:
            raise ValueError(f"{option}: expected each view once, found {name!r} twice; leave one out")
        found[name] = value
    return found


def places(words: Sequence[str] | None) -> dict[str, str] | None:
    """Take `--view` words apart: `NAME=WHERE`, or `NAME` for the place of that name; `None` for all views."""
    if not words:
        return None
    return pairs([word if "=" in word else f"{word}={word}" for word in words], "--view")


def names_of(words: str | None) -> list[str] | None:
    """Take `A,B,...` apart; `None` where there are none."""
    names = [name.strip() for name in (words or "").split(",") if name.strip()]
    return names or None


def step_counts(words: Sequence[str] | None) -> dict[str, int] | None:
    """Take `--steps` words apart: `NAME=T`; `None` where there are none.

    Raises
    ------
    ValueError
        If a count is not a whole number.
    """
    counts = {}
    for name, text in pairs(words, "--steps").items():
        if not text.removeprefix("-").isdecimal():
            raise ValueError(f"--steps: expected a whole number of steps of '{name}', found {text!r}; write {name}=2")
        counts[name] = int(text)
    return counts or None
