"""The commands, one file each; every one is a thin wrapper over a plain function."""
