"""Tiles from elsewhere below the county's own shapes, where an installation names some. Pure.

`SHAODAO_MAP_TILES` is nothing (the default: no request leaves the machine), the name of a service known here, or address
patterns with {z} {x} {y}, the lowest first, separated by spaces. `{key}` stands for `SHAODAO_MAP_KEY`."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

_WMTS = (
    "https://t0.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={{key}}"
)


def _tianditu(*layers: str) -> tuple[str, ...]:
    return tuple(_WMTS.format(layer=layer) for layer in layers)


# 天地图: a layer of ground and one of Chinese labels. CGCS2000 differs from WGS-84 by less than a metre.
SERVICES: Mapping[str, tuple[str, ...]] = {
    "tianditu": _tianditu("vec", "cva"),
    "tianditu-image": _tianditu("img", "cia"),
    "tianditu-terrain": _tianditu("ter", "cta"),
}


def layers(setting: str, key: str = "") -> tuple[str, ...]:
    """The address patterns, the lowest layer first."""
    patterns = SERVICES.get(setting.strip()) or setting.split()
    return tuple(pattern.replace("{key}", quote(key, safe="")) for pattern in patterns)


def origins(setting: str) -> tuple[str, ...]:
    """The origins that pages must be allowed to ask."""
    parts = (urlsplit(pattern) for pattern in layers(setting))
    return tuple(dict.fromkeys(f"{each.scheme}://{each.netloc}" for each in parts if each.netloc))
