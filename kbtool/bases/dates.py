"""Dates and durations of expressions: read, added, compared, and written by moment's patterns."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

__all__ = ["Date", "Duration", "PatternError", "formatted", "read_date", "read_duration", "relative"]


@dataclass(frozen=True, slots=True)
class Date:
    """A day, or a moment where `has_time`.  Offsets are taken off when it is read: moments are in one zone."""

    moment: datetime
    has_time: bool = False

    def same(self, other: Date) -> bool:
        """`==`: a day equals every moment of it."""
        if self.has_time and other.has_time:
            return self.moment == other.moment
        return self.moment.date() == other.moment.date()

    def before(self, other: Date) -> bool:
        return self.moment < other.moment

    def iso(self) -> str:
        text = self.moment.isoformat(sep="T", timespec="seconds")
        return text if self.has_time else text[:10]

    def plus(self, duration: Duration) -> Date:
        """Months first, the day cut to the last one of its month, then the rest.  Raises OverflowError."""
        moment = _plus_months(self.moment, duration.months) + timedelta(milliseconds=duration.rest)
        return Date(moment, self.has_time or bool(duration.rest % _DAY))

    def minus(self, other: Date) -> Duration:
        return Duration(0, (self.moment - other.moment) / timedelta(milliseconds=1))


@dataclass(frozen=True, slots=True)
class Duration:
    """Whole months and milliseconds: a month has no fixed length until it is added to a date."""

    months: int
    rest: float

    @property
    def milliseconds(self) -> float:
        return self.months * _MONTH + self.rest

    def times(self, number: float) -> Duration:
        months = self.months * number
        return Duration(int(months), self.rest * number + (months - int(months)) * _MONTH)

    def plus(self, other: Duration) -> Duration:
        return Duration(self.months + other.months, self.rest + other.rest)


_SECOND, _MINUTE, _HOUR, _DAY = 1e3, 6e4, 3.6e6, 8.64e7
_MONTH = 146_097 / 4_800 * _DAY  # as moment counts: 400 years have 146,097 days


def _plus_months(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError("a date before the year 1 or after 9999")
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


# ---------------------------------------------------------------- reading

_DATE = re.compile(
    r"(?a:(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})\d*)?)?(?:\s*(Z|[+-]\d\d:?\d\d))?)?)"
)
_COMPACT = re.compile(r"(?a:(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d))?)")


def read_date(text: str, *, compact: bool = False) -> Date | None:
    """A date as ISO writes it, also `YYYYMMDD` and `YYYYMMDDHHmm` where `compact`; None for anything else.

    >>> read_date("2025-03-10"), read_date("2025-02-30")
    (Date(moment=datetime.datetime(2025, 3, 10, 0, 0), has_time=False), None)
    """
    match = _DATE.fullmatch(text.strip()) or (_COMPACT.fullmatch(text.strip()) if compact else None)
    if match is None:
        return None
    *parts, fraction, offset = (*match.groups(), None, None, None)[:8]
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    try:
        moment = datetime(year, month, day, hour, minute, second, _micros(fraction))
        return Date(_without_offset(moment, offset), parts[3] is not None)
    except (ValueError, OverflowError):
        return None


def _micros(fraction: str | None) -> int:
    return int((fraction or "0").ljust(6, "0"))


def _without_offset(moment: datetime, offset: str | None) -> datetime:
    if not offset or offset == "Z":
        return moment
    sign = -1 if offset[0] == "-" else 1
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return moment - sign * timedelta(hours=hours, minutes=minutes)


# M is a month, m a minute; every other unit is known by its first letter, in small letters.
_UNITS: Mapping[str, tuple[int, float]] = {
    **dict.fromkeys(("y", "year", "years"), (12, 0.0)),
    **dict.fromkeys(("M", "month", "months"), (1, 0.0)),
    **dict.fromkeys(("w", "week", "weeks"), (0, 7 * _DAY)),
    **dict.fromkeys(("d", "day", "days"), (0, _DAY)),
    **dict.fromkeys(("h", "hour", "hours"), (0, _HOUR)),
    **dict.fromkeys(("m", "minute", "minutes"), (0, _MINUTE)),
    **dict.fromkeys(("s", "second", "seconds"), (0, _SECOND)),
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), (0, 1.0)),
}
_AMOUNT = re.compile(r"(?a:\s*([+-]?\d{1,12}(?:\.\d{1,12})?)\s*([a-zA-Z]+)\s*)")


def read_duration(text: str) -> Duration | None:
    """`1M`, `2 days`, `1h 30m`; None for anything else.

    >>> read_duration("2 days"), read_duration("1M"), read_duration("pronto")
    (Duration(months=0, rest=172800000.0), Duration(months=1, rest=0.0), None)
    """
    total, end = Duration(0, 0.0), 0
    while end < len(text) or not end:
        match = _AMOUNT.match(text, end)
        unit = _UNITS.get(match[2]) if match else None
        if match is None or unit is None:
            return None
        total, end = total.plus(Duration(*unit).times(float(match[1]))), match.end()
    return total


# ---------------------------------------------------------------- writing


class _Names(NamedTuple):
    months: list[str]
    days: list[str]

    @classmethod
    def of(cls, months: str, days: str) -> _Names:
        return cls(months.split(), days.split())


_NAMES: Mapping[str, _Names] = {
    "en": _Names.of(
        "January February March April May June July August September October November December",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    ),
    "es": _Names.of(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "lunes martes miércoles jueves viernes sábado domingo",
    ),
}


class PatternError(Exception):
    """A pattern with a part that depends on who reads it."""


_TOKEN = re.compile(
    r"\[([^\]]*)\]|(YYYY|YY|GGGG|Q|MMMM|MMM|MM|M|DDDD|DDD|DD|Do|D|dddd|ddd|d|E|e|HH|H|hh|h|kk|k|mm|m|ss|s|SSS|SS|S"
    r"|A|a|WW|W|ww|w|X|x|ZZ|Z|LTS|LT|L+|l+)"
)
_Writer = Callable[[datetime, _Names], str]


def _week(moment: datetime) -> int:
    return moment.isocalendar().week


def _epoch(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()


_TOKENS: Mapping[str, _Writer] = {
    "YYYY": lambda m, _: f"{m.year:04}",
    "YY": lambda m, _: f"{m.year % 100:02}",
    "GGGG": lambda m, _: f"{m.isocalendar().year:04}",
    "Q": lambda m, _: str((m.month + 2) // 3),
    "MMMM": lambda m, names: names.months[m.month - 1],
    "MMM": lambda m, names: names.months[m.month - 1][:3],
    "MM": lambda m, _: f"{m.month:02}",
    "M": lambda m, _: str(m.month),
    "DDDD": lambda m, _: f"{m.timetuple().tm_yday:03}",
    "DDD": lambda m, _: str(m.timetuple().tm_yday),
    "DD": lambda m, _: f"{m.day:02}",
    "D": lambda m, _: str(m.day),
    "dddd": lambda m, names: names.days[m.weekday()],
    "ddd": lambda m, names: names.days[m.weekday()][:3],
    "d": lambda m, _: str(m.isoweekday() % 7),
    "E": lambda m, _: str(m.isoweekday()),
    "HH": lambda m, _: f"{m.hour:02}",
    "H": lambda m, _: str(m.hour),
    "hh": lambda m, _: f"{(m.hour + 11) % 12 + 1:02}",
    "h": lambda m, _: str((m.hour + 11) % 12 + 1),
    "kk": lambda m, _: f"{m.hour or 24:02}",
    "k": lambda m, _: str(m.hour or 24),
    "mm": lambda m, _: f"{m.minute:02}",
    "m": lambda m, _: str(m.minute),
    "ss": lambda m, _: f"{m.second:02}",
    "s": lambda m, _: str(m.second),
    "SSS": lambda m, _: f"{m.microsecond // 1000:03}",
    "SS": lambda m, _: f"{m.microsecond // 10_000:02}",
    "S": lambda m, _: str(m.microsecond // 100_000),
    "A": lambda m, _: "AM" if m.hour < 12 else "PM",
    "a": lambda m, _: "am" if m.hour < 12 else "pm",
    "WW": lambda m, _: f"{_week(m):02}",
    "W": lambda m, _: str(_week(m)),
    "ww": lambda m, _: f"{_week(m):02}",
    "w": lambda m, _: str(_week(m)),
    "e": lambda m, _: str(m.weekday()),
    "X": lambda m, _: str(int(_epoch(m))),
    "x": lambda m, _: str(int(_epoch(m) * 1000)),
}


def formatted(date: Date, pattern: str, language: str = "en") -> str:
    """The date by one of moment's patterns.  Raises PatternError for `L`, `Do`, `Z`: those depend on the reader.

    >>> formatted(Date(datetime(2025, 3, 9, 8, 5)), "D/M/YY [a las] HH:mm")
    '9/3/25 a las 08:05'
    """
    names = _NAMES.get(language, _NAMES["en"])

    def written(match: re.Match[str]) -> str:
        if match[2] is None:
            return match[1]
        writer = _TOKENS.get(match[2])
        if writer is None:
            raise PatternError(f"the part '{match[2]}' of a date's pattern depends on who reads it")
        return writer(date.moment, names)

    return _TOKEN.sub(written, pattern)


_PHRASES: Mapping[str, tuple[str, str, str, Mapping[str, tuple[str, str]]]] = {
    "en": (
        "today",
        "{} ago",
        "in {}",
        {"day": ("a day", "{} days"), "month": ("a month", "{} months"), "year": ("a year", "{} years")},
    ),
    "es": (
        "hoy",
        "hace {}",
        "dentro de {}",
        {"day": ("un día", "{} días"), "month": ("un mes", "{} meses"), "year": ("un año", "{} años")},
    ),
}


def relative(date: Date, today: datetime, language: str = "en") -> str:
    """How far a date is from today, in days, months or years, rounded as moment does.

    >>> relative(Date(datetime(2025, 3, 1)), datetime(2025, 3, 4))
    '3 days ago'
    """
    now, past, future, units = _PHRASES.get(language, _PHRASES["en"])
    days = (date.moment.date() - today.date()).days
    if not days:
        return now
    unit, number = _rounded(abs(days))
    one, many = units[unit]
    amount = one if number == 1 else many.format(number)
    return (past if days < 0 else future).format(amount)


def _rounded(days: int) -> tuple[str, int]:
    if days < 26:
        return "day", days
    months = round(days * _DAY / _MONTH)
    return ("month", max(months, 1)) if months < 11 else ("year", max(round(months / 12), 1))
