"""The ``edubias`` command. Heavy libraries are imported by the commands that need them."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence

from edubias import __version__
from edubias.cli import (
    argparse_words,
    audit_model,
    average,
    calibrate,
    compare,
    data,
    detect,
    doctor,
    evaluate,
    explain,
    export,
    model,
    plot,
    review,
    rewriter,
    scan,
    sweep,
    train,
)
from edubias.cli.errors import print_error
from edubias.errors import EdubiasError
from edubias.lang import Language, language_of_locale, tr, use_language

BAD_INPUT = 2
"""Exit status where the user's input was wrong."""

OVERRIDE = re.compile(r"\w+(?:\.\w+)+=")
"""How a change of a configuration begins: ``section.key=``."""


def build_parser() -> argparse.ArgumentParser:
    """The parser, with help in the language now in force."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--lang",
        choices=["en", "zh"],
        default=argparse.SUPPRESS,
        help=tr("language of messages", "界面语言"),
    )
    common.add_argument(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,
        help=tr("show tracebacks of errors (for developers)", "出错时显示详细信息（供开发者）"),
    )
    parser = argparse.ArgumentParser(
        prog="edubias",
        parents=[common],
        description=tr(
            "Train, evaluate and run a detector of bias in educational texts.",
            "训练、评估并运行教育文本偏见检测器。",
        ),
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"edubias {__version__}",
        help=tr("show the version and exit", "显示版本号并退出"),
    )
    commands = parser.add_subparsers(required=True, metavar=tr("COMMAND", "命令"))
    for command in (
        doctor,
        train,
        sweep,
        plot,
        average,
        calibrate,
        evaluate,
        compare,
        audit_model,
        rewriter,
        detect,
        scan,
        review,
        explain,
        data,
        export,
        model,
    ):
        command.add_parser(commands, common)
    return parser


def _language(arguments: Sequence[str]) -> Language:
    """Language that ``--lang`` asks for, found before parsing, as the help is in it too."""
    for option, value in zip(arguments, [*arguments[1:], ""], strict=True):
        option, _, joined = option.partition("=")
        if option == "--lang" and (joined or value) in ("en", "zh"):
            return "zh" if (joined or value) == "zh" else "en"
    return language_of_locale()


def _parsed(parser: argparse.ArgumentParser, given: Sequence[str]) -> argparse.Namespace:
    """Arguments, with changes of a configuration wherever they stand.

    argparse takes all positional arguments together, so none that follows an option between them.
    """
    args, rest = parser.parse_known_args(given)
    if hasattr(args, "overrides"):
        args.overrides = [*args.overrides, *filter(OVERRIDE.match, rest)]
        rest = [one for one in rest if not OVERRIDE.match(one)]
    if rest:
        names = " ".join(rest)
        parser.error(tr(f"unrecognized arguments: {names}", f"无法识别的参数：{names}"))
    return args


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        Exit status: 0 for success, 2 for bad input, otherwise what the command says.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    use_language(_language(given))
    argparse_words.translate()
    args = _parsed(build_parser(), given)
    try:
        return int(args.run(args))
    except EdubiasError as error:
        if getattr(args, "debug", False):
            raise
        print_error(error)
        return BAD_INPUT
    except KeyboardInterrupt:
        print(tr("\nstopped", "\n已停止"), file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader, such as `head`, has had enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
