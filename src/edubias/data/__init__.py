"""Preference data: read, check, split, render, batch."""
