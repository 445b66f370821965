"""Language models: the embedded one, loading, log-probabilities, provenance."""

import logging

# peft imports bitsandbytes, which, on processors with AVX-512 BF16, warns that it could not fetch
# a kernel from the hub. Nobody asked for it.
logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
