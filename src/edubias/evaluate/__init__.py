"""Figures on held-out data, with intervals."""
