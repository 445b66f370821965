"""The DPO engine and the ways to start it."""
