"""Language models: the embedded one, loading, log-probabilities, provenance."""
