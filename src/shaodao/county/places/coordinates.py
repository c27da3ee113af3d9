"""Coordinates. Stored: WGS-84 (CGCS2000 is the same to within decimetres). Accepted at the edge, when the
caller names the system: WGS-84, CGCS2000, GCJ-02 (most Chinese phone maps) and BD-09 (Baidu). Never guessed.

GCJ-02 shifts a point by a smooth function of its own position, BD-09 adds a second shift; both have
well-known closed forward formulas. The way back is found by fixed-point iteration, exact to a millimetre."""

from __future__ import annotations

from enum import StrEnum
from math import atan2, cos, hypot, pi, sin, sqrt

# Krasovsky 1940, the ellipsoid of the GCJ-02 formula.
SEMI_MAJOR = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
BD_TURN = pi * 3000.0 / 180.0
METRES_PER_DEGREE = 111_320.0
E7 = 10_000_000


class Crs(StrEnum):
    WGS84 = "WGS-84"
    CGCS2000 = "CGCS2000"
    GCJ02 = "GCJ-02"
    BD09 = "BD-09"


class CoordinateError(ValueError):
    """The system is unknown or the numbers are no longitude and latitude."""


def crs(name: str) -> Crs:
    """The system called `name` (case, hyphen and underscore do not matter). CoordinateError if unknown."""
    plain = name.upper().replace("-", "").replace("_", "").replace(" ", "")
    for system in Crs:
        if plain == system.value.upper().replace("-", ""):
            return system
    if plain == "EPSG4326":
        return Crs.WGS84
    raise CoordinateError(f"unknown coordinate system: {name}")


def to_wgs84(lon: float, lat: float, system: Crs) -> tuple[float, float]:
    """Degrees in `system` as degrees in WGS-84. CoordinateError if they are no position on earth."""
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):  # also refuses NaN
        raise CoordinateError(f"no position on earth: {lon}, {lat}")
    match system:
        case Crs.GCJ02:
            return gcj02_to_wgs84(lon, lat)
        case Crs.BD09:
            return bd09_to_wgs84(lon, lat)
        case _:
            return lon, lat


def from_wgs84(lon: float, lat: float, system: Crs) -> tuple[float, float]:
    """Degrees in WGS-84 as degrees in `system`."""
    match system:
        case Crs.GCJ02:
            return wgs84_to_gcj02(lon, lat)
        case Crs.BD09:
            return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))
        case _:
            return lon, lat


def in_china(lon: float, lat: float) -> bool:
    """The box in which GCJ-02 is shifted at all."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def wgs84_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    if not in_china(lon, lat):
        return lon, lat
    x, y = lon - 105.0, lat - 35.0
    ripple = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + ripple
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + ripple
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y / 30.0 * pi)) * 2.0 / 3.0
    phi = lat * pi / 180.0
    w = 1.0 - ECCENTRICITY_SQUARED * sin(phi) ** 2
    meridian = SEMI_MAJOR * (1.0 - ECCENTRICITY_SQUARED) / (w * sqrt(w))
    parallel = SEMI_MAJOR / sqrt(w) * cos(phi)
    return lon + east * 180.0 / (parallel * pi), lat + north * 180.0 / (meridian * pi)


def gcj02_to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    guess_lon, guess_lat = lon, lat
    for _ in range(10):  # each step gains more than two digits
        shifted_lon, shifted_lat = wgs84_to_gcj02(guess_lon, guess_lat)
        guess_lon += lon - shifted_lon
        guess_lat += lat - shifted_lat
    return guess_lon, guess_lat


def gcj02_to_bd09(lon: float, lat: float) -> tuple[float, float]:
    radius = hypot(lon, lat) + 0.00002 * sin(lat * BD_TURN)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * BD_TURN)
    return radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006


def bd09_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    guess_lon, guess_lat = lon - 0.0065, lat - 0.006
    for _ in range(10):
        shifted_lon, shifted_lat = gcj02_to_bd09(guess_lon, guess_lat)
        guess_lon += lon - shifted_lon
        guess_lat += lat - shifted_lat
    return guess_lon, guess_lat


def bd09_to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def metres_between(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """The distance of two near points (a county across) in metres, to within a few parts in a thousand."""
    east = (other_lon - lon) * cos((lat + other_lat) * pi / 360.0)
    return hypot(east, other_lat - lat) * METRES_PER_DEGREE


def to_e7(degrees: float) -> int:
    """Degrees as the integer of 1e-7 degrees that events hold."""
    return round(degrees * E7)


def from_e7(value: int) -> float:
    return value / E7
