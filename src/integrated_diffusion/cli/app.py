"""The program: its commands register here, and every mistake becomes one line."""

from __future__ import annotations

import sys
import warnings
from typing import Annotated, Any

import typer

from integrated_diffusion.io.files import one_line
from integrated_diffusion.version import __version__

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def about(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """One walk from several noisy views of the same samples: a joint map, a joint graph and denoised data."""
    if version or context.invoked_subcommand is None:
        print(__version__ if version else context.get_help())
        raise typer.Exit


def main() -> None:
    """Run the command line: exit 0 on success, 2 with one line on stderr on a user's mistake."""
    warnings.showwarning = _show_warning
    try:
        code = app(standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        print("integrated-diffusion: stopped; what was not whole was not written", file=sys.stderr)
        sys.exit(130)
    except typer.TyperException as error:
        found = getattr(error, "format_message", error.__str__)()
        _fail(f"{found.rstrip('.')}; integrated-diffusion --help says what there is")
    except (ValueError, TypeError, OSError, MemoryError) as error:
        _fail(str(error) or one_line(error))
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> None:
    print("integrated-diffusion: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(2)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """Say a warning in one line, without the place in the code that a user has no use for."""
    print("integrated-diffusion: warning: " + " ".join(str(message).split()), file=sys.stderr)
