"""The command line: a file a command, progress on stderr, a summary at the end, one line for every mistake.

Only the handler of interrupts is imported here, so that an interrupt at any later moment is handled.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from integrated_diffusion.runtime import interruption
from integrated_diffusion.version import __version__

if TYPE_CHECKING:
    import typer

    app: typer.Typer

__all__ = ["app", "main", "script"]

STOPPED = "integrated-diffusion: stopped; no incomplete output was written"


def script() -> None:
    """Run the program `integrated-diffusion`: `main`, ended within two seconds by Ctrl-C or SIGTERM at any moment."""
    interruption.listen(STOPPED)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without some letters shows question marks in their place
            stream.reconfigure(errors="replace")
    code: str | int | None = 1
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    finally:
        interruption.finish(code)
    interruption.leave(code)


def main() -> None:
    """Run the command line in this process.

    Raises
    ------
    SystemExit
        With code 0 on success, 2 after a user's mistake and one line on stderr, 120 if all outputs are written but the
        summary could not be printed, 130 after an interrupt.
    """
    try:
        if sys.argv[1:] == ["--version"]:  # without the parser, which takes a third of a second
            print(__version__)
            sys.exit(0)
        from integrated_diffusion.cli import program

        code = program.run(sys.argv[1:])
    except KeyboardInterrupt:
        if not interruption.received():  # else `script` says it
            print(STOPPED, file=sys.stderr)
        code = 130
    sys.exit(code)


def __getattr__(name: str) -> Any:
    if name == "app":
        from integrated_diffusion.cli.program import app

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
