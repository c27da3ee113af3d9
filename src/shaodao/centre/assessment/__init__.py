"""Figures: what is counted, when it counts, what is left out; each with its numerator and denominator."""

from .figures import FIGURES, Figure, Period, figures

__all__ = ["FIGURES", "Figure", "Period", "figures"]
