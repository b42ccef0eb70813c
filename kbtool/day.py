"""The day that a build takes for today."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime

__all__ = ["build_day"]


def build_day() -> date:
    """The day of `SOURCE_DATE_EPOCH` where that is set, so that two builds give the same bytes; else the calendar's.

    Only bases that ask for it depend on it: they are made again on another day, and nothing else is.
    """
    stated = os.environ.get("SOURCE_DATE_EPOCH", "")
    if stated.isdecimal() and len(stated) < 12:
        return datetime.fromtimestamp(int(stated), UTC).date()
    return date(*time.localtime()[:3])
