"""Manuscripts: read with the place of every character, cut into sentences, annotated in copies."""
