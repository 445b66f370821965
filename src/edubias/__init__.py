"""edubias: train, evaluate and run a detector of bias in educational texts."""

__version__ = "0.1.0"
