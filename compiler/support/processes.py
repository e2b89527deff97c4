"""How many processes do work at once, and whether a process can be copied."""

from __future__ import annotations

import os
import sys
import threading
import time

_SECONDS = 0.5


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_fork() -> bool:
    """Whether copies of this process can work for it.

    They cannot where the system has none, where other threads may hold a lock at that moment, and in a process that is
    such a copy itself. On macOS, libraries of the system do not survive it:
    https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods (read 2026-11-27).
    """
    if not hasattr(os, "fork") or sys.platform == "darwin" or threading.active_count() > 1:
        return False
    multiprocessing = sys.modules.get("multiprocessing.process")
    return multiprocessing is None or multiprocessing.parent_process() is None


def end_with_parent() -> None:
    """Ends this process soon after the one that started it, however that one ended.

    A process that waits for work would wait for ever, since nobody tells it that its parent was killed.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
