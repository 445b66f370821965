"""Throughput and memory beside peers: ``make bench``."""
