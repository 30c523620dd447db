"""The program: its commands, and every mistake made into one line."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from contextvars import copy_context
from pathlib import Path
from typing import Annotated, Any

import typer

from integrated_diffusion.cli.associate import associate
from integrated_diffusion.cli.demo import demo
from integrated_diffusion.cli.denoise import denoise
from integrated_diffusion.cli.expanded import expanded
from integrated_diffusion.cli.ingest import ingest
from integrated_diffusion.cli.report import report
from integrated_diffusion.cli.run import run as run_command
from integrated_diffusion.runtime import interruption, telling
from integrated_diffusion.runtime.deprecation import GONE_IN
from integrated_diffusion.version import __version__

RENAMED_OPTIONS = {"--thin": "--split-counts"}
"""Old names of options; each goes on working until `GONE_IN`, with a warning."""

app = typer.Typer(
    pretty_exceptions_enable=False, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
)
for command in (run_command, denoise, associate, report, ingest, demo):  # in the order of the work
    app.command()(expanded(command))


@app.callback(invoke_without_command=True)
def about(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """One diffusion operator from several noisy views of the same samples.

    It gives an integrated embedding and graph, denoised values, and associations between features of different views.
    """
    if version or context.invoked_subcommand is None:
        print(__version__ if version else context.get_help())
        raise typer.Exit


def run(words: Sequence[str]) -> int:
    """Run one command.

    Parameters
    ----------
    words : sequence of str
        The words after the program's name.

    Returns
    -------
    int
        0 on success, 2 after a user's mistake, of which one line on stderr says what was expected, what was found and
        what to do.

    Raises
    ------
    KeyboardInterrupt
        If the command was interrupted.
    """
    warnings.showwarning = _show_warning
    context = copy_context()  # what options set for the length of a command, such as the most memory, ends with it
    name = "idiff" if Path(sys.argv[0]).stem == "idiff" else "integrated-diffusion"
    try:
        code = context.run(app, _with_new_names(words), prog_name=name, standalone_mode=False)
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except typer.TyperException as error:
        found = getattr(error, "format_message", error.__str__)()
        return context.run(_mistake, f"{found.rstrip('.')}; see integrated-diffusion --help")
    except telling.NotToldError as error:
        said = (
            f"expected to print what was done, found that stdout cannot be written to ({error.strerror}); all outputs"
        )
        context.run(_say, f"{said} are complete")
        return interruption.LOST
    except (ValueError, TypeError, OSError, MemoryError) as error:
        return context.run(_mistake, str(error) or type(error).__name__)
    if code == 130:  # typer's word for an interrupt
        raise KeyboardInterrupt
    return code if isinstance(code, int) else 0


def _with_new_names(words: Sequence[str]) -> list[str]:
    """Replace options by their new names, and say so."""
    for old in RENAMED_OPTIONS.keys() & set(words):
        _say(f"warning: {old} is called {RENAMED_OPTIONS[old]} now, and stops working in {GONE_IN}")
    return [RENAMED_OPTIONS.get(word, word) for word in words]


def _mistake(message: str) -> int:
    _say(message)
    return 2


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """Say a warning in one line, without the line of code that it comes from."""
    _say(f"warning: {message}")


def _say(message: str) -> None:
    """Write one line to stderr, unless the run was interrupted: then there is one line only, of that."""
    if not interruption.received():
        line = "integrated-diffusion: " + " ".join(message.split())
        print(line, file=sys.stderr)
        telling.current().note(line)
