"""Figures: what is counted, when it counts, what is left out; each with its numerator and denominator."""

from .figures import FIGURES, Behind, Figure, Period, behind, broken_down, figures

__all__ = ["FIGURES", "Behind", "Figure", "Period", "behind", "broken_down", "figures"]
