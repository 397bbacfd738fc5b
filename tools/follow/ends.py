"""How far a file that is being written can be read: to the end of its last whole line, or of its last whole event."""

from __future__ import annotations

import os

from tools.formats._event_records import FOOTER, HEADER, LENGTH

BLOCK = 1 << 16


def last_line(fd: int, since: int, size: int) -> int:
    """Behind the last line end after `since`; `since` where there is none. A progress bar ends its lines by going back
    to their beginning."""
    end = size
    while end > since:
        start = max(since, end - BLOCK)
        block = os.pread(fd, end - start, start)
        found = max(block.rfind(b"\n"), block.rfind(b"\r"))
        if found >= 0:
            return start + found + 1
        end = start
    return since


def last_event(fd: int, since: int, size: int) -> int:
    """Behind the last event of an event file that is all there; one begins at `since`."""
    while since + HEADER <= size:
        end = since + HEADER + int(LENGTH.unpack(os.pread(fd, LENGTH.size, since))[0]) + FOOTER
        if end > size:
            break
        since = end
    return since
