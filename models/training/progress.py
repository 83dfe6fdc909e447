"""A progress bar with the time left, on standard error and only where that is a terminal."""

from __future__ import annotations

import sys
import time

BAR = 30
SECONDS_BETWEEN = 0.2


class Progress:
    """Shows how much of a known total is done."""

    def __init__(self, label: str, total: float) -> None:
        self.label, self.total = label, total
        self.shown_on_terminal = sys.stderr.isatty()
        self.began = self.drawn = time.monotonic()
        self.first: float | None = None

    def show(self, done: float, note: str = "") -> None:
        """Draws the bar anew, a few times a second at most."""
        now = time.monotonic()
        if self.first is None:
            self.first = done
        if self.shown_on_terminal and now - self.drawn >= SECONDS_BETWEEN:
            self.drawn = now
            sys.stderr.write("\r" + self.line(done, now - self.began, note) + "\x1b[K")
            sys.stderr.flush()

    def line(self, done: float, seconds: float, note: str = "") -> str:
        """The text of the bar. What was already done at the first call does not count for the speed."""
        part = min(1.0, done / self.total) if self.total else 1.0
        gained = done - (self.first or 0)
        left = f"{seconds * (self.total - done) / gained:.0f} s left" if gained > 0 else "time left unknown"
        full = round(BAR * part)
        return f"{self.label} [{'#' * full}{'.' * (BAR - full)}] {part:4.0%}, {left}" + (f", {note}" if note else "")

    def end(self) -> None:
        """Leaves the line of the bar."""
        if self.shown_on_terminal:
            sys.stderr.write("\n")
