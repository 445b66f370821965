"""Showing runs and data: their numbers, pictures and pages."""
