"""edubias: train, evaluate and run a detector of bias in educational texts."""

import logging

__version__ = "0.1.0"

# peft imports bitsandbytes, which, on processors with AVX-512 BF16, warns that it could not fetch
# a kernel from the hub. Nobody asked for it.
logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
