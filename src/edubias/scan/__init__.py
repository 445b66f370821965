"""Manuscripts scanned: sentences judged, findings in their place."""
