"""Limits, calendars and clocks: pure, the same arithmetic for every face.

Moments are aware datetimes, in and out UTC, whole seconds.
"""

from .calendar import Calendar, CalendarFault, OutOfCalendar, moment, seconds
from .clock import (
    Clock,
    ClockError,
    breach,
    bring_forward,
    cancel_breach,
    extend,
    is_breached,
    is_expired,
    is_running,
    pause,
    recompute,
    restart,
    resume,
    start,
    stop,
)
from .limits import Limit

__all__ = [
    "Calendar",
    "CalendarFault",
    "Clock",
    "ClockError",
    "Limit",
    "OutOfCalendar",
    "breach",
    "bring_forward",
    "cancel_breach",
    "extend",
    "is_breached",
    "is_expired",
    "is_running",
    "moment",
    "pause",
    "recompute",
    "restart",
    "resume",
    "seconds",
    "start",
    "stop",
]
