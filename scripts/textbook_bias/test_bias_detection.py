#!/usr/bin/env python3
"""Judge statements with a trained model.

test_bias_detection.py CHECKPOINT                      the default cases
test_bias_detection.py CHECKPOINT --test_cases A B …   these statements
test_bias_detection.py CHECKPOINT --interactive        what is typed in
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

DEFAULT_CASES = [
    "无论性别，逻辑与语言能力都能通过训练提升。",  # fair
    "男生天生逻辑更好；女生适合语言类专业。",  # biased
    "领导能力取决于经验与情商，与性别无关。",  # fair
    "女性情绪化，不适合当领导。",  # biased
]


def main() -> None:
    """Hand over to ``edubias detect``, in the project's environment where there is one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint_path")
    parser.add_argument("--interactive", action="store_true")
    parser.add_argument("--test_cases", nargs="+", metavar="TEXT")
    args, further = parser.parse_known_args()

    environment = Path(__file__).resolve().parents[2] / ".venv" / "bin" / "python"
    python = str(environment) if environment.exists() else sys.executable
    command = [python, "-m", "edubias.cli.main", "detect", "--model", args.checkpoint_path]
    if args.interactive:
        command.append("--interactive")
    else:
        further += ["--", *(args.test_cases or DEFAULT_CASES)]
    os.execv(python, [*command, *further])


if __name__ == "__main__":
    main()
