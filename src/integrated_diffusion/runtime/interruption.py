"""Ctrl-C and SIGTERM: the program ends within two seconds and leaves no incomplete file behind.

The first signal raises `KeyboardInterrupt` in the main thread, which closes files and gives the terminal back. Python
handles a signal only between two of its own instructions, and some libraries lose the exception; so a thread of its own
receives the same signal through a pipe and ends the process when the main thread has not done so after `GRACE` seconds.
The process ends by `os._exit`, because the interpreter's own way out waits for threads. Only a library call that holds
the interpreter's lock can last longer: it ends first.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import NoReturn

from integrated_diffusion.runtime.temporary import remove_all

GRACE = 0.5
"""Seconds after which the process is ended if the main thread has not ended."""

LOST = 120
"""Exit code of a program whose last lines could not be written, as the interpreter has it."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SHOW_CURSOR, _WIPE_LINE = "\x1b[?25h", "\r\x1b[2K"

_message = ""
_received: list[int] = []
_ending = threading.RLock()


def listen(message: str) -> None:
    """Let SIGINT and SIGTERM end this process: exit code 130 or 143, and one line on stderr.

    Signals that the process was started to ignore, as a shell does for jobs in the background, stay ignored. For
    programs alone, since the handlers stay; call it in the main thread.

    Parameters
    ----------
    message : str
        The line.
    """
    global _message
    _message = message
    sys.excepthook = _end_or_show
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _on_signal)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_end_if_main_does_not, args=(reader,), name="interruption", daemon=True).start()


def received() -> bool:
    """Return whether a signal was received that ends the process."""
    return bool(_received)


def finish(code: object) -> None:
    """Say that the program has done its work and is about to exit with a code.

    If a signal was received before, the process ends here. If one comes after, it ends at once with this code: all
    outputs are complete.

    Parameters
    ----------
    code : object
        The code of `SystemExit`.
    """
    if _received:
        _end()
    _flush()
    signal.set_wakeup_fd(-1)
    for number in _SIGNALS:
        if signal.getsignal(number) == _on_signal:
            signal.signal(number, lambda *_: os._exit(_status(code)))


def leave(code: object) -> NoReturn:
    """End the process as `sys.exit` does, but without waiting for threads and without the interpreter's last moments.

    In these the interpreter gives signals back to the system, so that one ends the process as if it had failed.

    Parameters
    ----------
    code : object
        The code of `SystemExit`.
    """
    if isinstance(code, str):
        print(code, file=sys.stderr)
    atexit._run_exitfuncs()  # what libraries registered; there is no public name for it
    whole = _flush()
    os._exit(_status(code) or (0 if whole else LOST))


def _status(code: object) -> int:
    return code if isinstance(code, int) else int(code is not None)


def _flush() -> bool:
    """Write what stdout and stderr still hold; return whether that was possible."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
    except OSError:
        return False
    return True


def _on_signal(number: int, _: FrameType | None) -> NoReturn:
    """Raise `KeyboardInterrupt`; at the second signal end at once."""
    _received.append(number)
    if len(_received) > 1:
        _end()
    sys.unraisablehook = lambda _: None  # what is torn down now prints nothing
    threading.excepthook = lambda _: None
    raise KeyboardInterrupt


def _end_if_main_does_not(reader: int) -> None:
    """End the process `GRACE` seconds after the first signal, or at the second."""
    while True:
        number = os.read(reader, 1)[0]
        if number in _SIGNALS:
            break
    select.select([reader], [], [], GRACE)
    _received.append(number)
    _end()


def _end_or_show(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """End the process if an exception leaves the program after a signal; show it otherwise."""
    if _received:
        _end()
    sys.__excepthook__(kind, error, traceback)


def _end() -> NoReturn:
    """End this process now. One thread does; another that comes here waits for it."""
    if not _ending.acquire(blocking=False):
        select.select([], [], [], GRACE)
        os._exit(128 + _received[0])
    remove_all()
    line = f"{_message}\n"
    if os.isatty(2):
        line = f"{_WIPE_LINE}{_SHOW_CURSOR}{line}"
    with contextlib.suppress(OSError):
        os.write(2, line.encode())
    os._exit(128 + _received[0])
