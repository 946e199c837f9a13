"""Can it be read? Contrast of two colours by WCAG 2.2 (relative luminance, contrast ratio)."""

from __future__ import annotations


def contrast(first: str, second: str) -> float:
    """1 (the same) to 21 (black on white), of two `#rrggbb`."""
    dark, light = sorted((_luminance(first), _luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
