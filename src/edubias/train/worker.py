"""One process of a distributed training.

Started as ``python -m edubias.train.worker CONFIG MODE LANGUAGE``.
"""

from __future__ import annotations

import os
import sys

from edubias.config import load_config
from edubias.errors import EdubiasError
from edubias.lang import Language, use_language
from edubias.model.load import quiet_libraries
from edubias.train.launch import deepspeed_config
from edubias.train.run import train


def main(config_file: str, mode: str, language: Language) -> None:
    """Train as one of several processes."""
    use_language(language)
    quiet_libraries()
    try:
        config = load_config(config_file)
        deepspeed = deepspeed_config(config.train_cfgs.ds_cfgs) if mode == "deepspeed" else None
        train(config, deepspeed, fsdp=mode == "fsdp")
    except EdubiasError as error:
        sys.exit(f"[{os.environ.get('RANK', '0')}] {error}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "zh" if sys.argv[3] == "zh" else "en")
