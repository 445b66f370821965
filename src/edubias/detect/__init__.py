"""From a trained policy to findings."""
