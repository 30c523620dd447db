"""Options that every command has: what it tells, where it keeps it, and where its options come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer


def _options_from(context: typer.Context, value: Path | None) -> Path | None:
    """Take the options of a file wherever none are given on the command line."""
    if value is not None and not context.resilient_parsing:
        from integrated_diffusion.cli.configuration import read_configuration

        known = {parameter.name: parameter for parameter in context.command.params}
        context.default_map = read_configuration(value, str(context.info_name), known)
    return value


@dataclass(frozen=True)
class Reporting:
    """What a command tells."""

    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            is_eager=True,
            callback=_options_from,
            help="Options from a .toml, or those of an earlier run from its .json, .h5mu or .zarr; "
            "words given here come first.",
        ),
    ] = None
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Tell nothing but warnings and mistakes.")] = False
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name every stage, with its time, on stderr.")] = (
        False
    )
    log: Annotated[
        Path | None,
        typer.Option("--log", metavar="FILE", help="A .log or .txt to which everything that is told is added."),
    ] = None

    def begin(self) -> None:
        """Tell what is told from now on in this way.

        Raises
        ------
        ValueError
            If both `quiet` and `verbose` are asked for, or the log cannot be written to.
        """
        from integrated_diffusion.runtime import telling

        if self.quiet and self.verbose:
            raise ValueError("expected one of --quiet and --verbose, found both; leave one out")
        telling.begin(telling.Telling(self.quiet, self.verbose, self.log and _checked(self.log)))


def _checked(log: Path) -> Path:
    if log.suffix.lower() not in (".log", ".txt") or not log.parent.is_dir() or log.is_dir():
        raise ValueError(
            f"--log: expected a file that ends in .log or .txt in a folder that is there, found {log}; choose another"
        )
    return log
