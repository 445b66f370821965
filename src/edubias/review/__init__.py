"""Findings reviewed by editors; their decisions become new training data."""
