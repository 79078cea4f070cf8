"""How far a loop is: one line that is drawn over, in a notebook or on a terminal."""
from __future__ import annotations

import html
import sys
import time
from typing import Any, Mapping, Optional


class Progress:
    """A bar with the time left and the best result so far."""

    _width = 20

    def __init__(self, whole: int):
        self._whole = whole
        self._start: Optional[tuple[int, float]] = None
        self._display = _notebook_display()

    def show(self, count: int, best: Optional[Mapping[str, Any]]) -> None:
        """Draws the state after `count` results."""
        line = self.line(count, best)
        if self._display:
            self._display(f"<pre>{html.escape(line)}</pre>")
        elif sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{line[:119]}")
            sys.stderr.flush()

    def line(self, count: int, best: Optional[Mapping[str, Any]], now: Optional[float] = None) -> str:
        """The state as text."""
        now = time.monotonic() if now is None else now
        self._start = self._start or (count, now)
        filled = min(self._width, self._width * count // max(1, self._whole))
        parts = [f"[{'#' * filled}{'-' * (self._width - filled)}] {count}/{self._whole}"]
        made, passed = count - self._start[0], now - self._start[1]
        if made > 0 and count < self._whole:
            parts.append(f"{_duration(passed / made * (self._whole - count))} left")
        if best:
            values = ", ".join(f"{name} = {value:.6g}" for name, value in best["values"].items())
            point = " ".join(
                f"{name}={value:.6g}" if isinstance(value, (int, float)) else f"{name}={value}"
                for name, value in best["parameters"].items())
            parts.append(f"best {values} at {point}")
        return "  ".join(parts)

    def end(self) -> None:
        """Leaves the last line standing."""
        if not self._display and sys.stderr.isatty():
            sys.stderr.write("\n")


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{(whole + 30) // 60} min" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def _notebook_display() -> Any:
    """What draws over its last HTML in a notebook; None elsewhere."""
    try:
        from IPython import get_ipython
        from IPython.display import HTML, display
    except ImportError:
        return None
    shell = get_ipython()
    if shell is None or type(shell).__name__ != "ZMQInteractiveShell":
        return None
    handle = display(HTML(""), display_id=True)
    return lambda text: handle.update(HTML(text))
