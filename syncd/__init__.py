"""syncd keeps scheduled support sessions; the map is ARCHITECTURE.md."""

__version__ = "0.1.0"
