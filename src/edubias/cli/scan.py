"""``edubias scan``."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edubias.cli.judging import add_options, load_detector
from edubias.errors import DataError
from edubias.lang import colon, current_language, tr
from edubias.taxonomy import type_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edubias.records import Document, Verdict
    from edubias.scan.record import Scan

FOUND = 1
"""Exit status where ``--fail-on`` asks for one and something was found."""


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "scan",
        parents=[common],
        help=tr("find biased sentences in manuscripts", "检查稿件中有偏见的句子"),
        description=tr(
            "Read manuscripts (docx, pdf, pptx, epub, html, md, txt), judge every sentence, and "
            "show where biased and doubtful ones stand. The manuscripts stay as they are.",
            "读取稿件（docx、pdf、pptx、epub、html、md、txt），逐句检查，列出可能有偏见的句子及其位置；不改动原稿。",
        ),
    )
    parser.add_argument(
        "paths",
        nargs="+",
        metavar=tr("PATH", "文件"),
        help=tr(
            "manuscripts, or folders of them (and what is below)",
            "稿件，或存放稿件的文件夹（含子文件夹）；可列多个",
        ),
    )
    parser.add_argument(
        "--output",
        metavar=tr("FOLDER", "文件夹"),
        help=tr(
            "write a report into this folder, one without an earlier scan: scan.html to read, "
            "scan.csv for a spreadsheet, scan.sarif for developers' tools, scan.json for "
            "`edubias review`, and copies of DOCX and PDF with the findings as comments",
            "将报告写入此文件夹（其中不能已有检查结果）：scan.html 供阅读，"
            "scan.csv 供表格软件，scan.sarif 供开发者使用，"
            "scan.json 供 `edubias review` 使用，并生成带批注的 DOCX 与 PDF 副本",
        ),
    )
    parser.add_argument(
        "--fail-on",
        choices=["biased", "unsure"],
        help=tr(
            "exit with status 1 where something was found biased, or at least unsure",
            "若发现有偏见（或至少存疑）的句子，则以状态码 1 退出（供自动化脚本使用）",
        ),
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help=tr(
            "print the whole scan as JSON (for developers)",
            "以 JSON 输出全部检查结果（供开发者）",
        ),
    )
    add_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Scan the manuscripts and show what was found."""
    notes = _unread(args.paths)
    documents = _documents(args.paths)
    folder = Path(args.output) if args.output else None
    if folder is not None:
        from edubias.report.scan_folder import require_free

        require_free(folder)
    from edubias.progress import counting
    from edubias.scan.run import scan, sentences_of, with_rewrites

    detector = load_detector(args)
    sentences = sentences_of(documents, detector)
    total = detector.passes(args.exhaustive) * len(sentences)
    doing = tr(f"checking {len(sentences)} sentences", f"检查 {len(sentences)} 句")
    with counting(doing, total) as progress:
        result = scan(
            documents,
            sentences,
            detector,
            args.model,
            lambda done: progress.advance(progress.task_ids[0], done),
            args.exhaustive,
        )
    result = replace(result, notes=tuple(notes))
    if args.rewrite:
        with counting(tr("rewording", "改写"), len(result.hits), tr("sentences", "句")) as progress:
            result = with_rewrites(
                result, detector, lambda done: progress.advance(progress.task_ids[0], done)
            )
    # First the findings: whatever becomes of the folder, they are not lost.
    if args.json:
        print(result.to_json(), end="", flush=True)
    else:
        _show(result)
    if folder is not None:
        _write(result, folder, quiet=args.json)
    failing: dict[str | None, tuple[Verdict, ...]] = {
        None: (),
        "biased": ("biased",),
        "unsure": ("biased", "unsure"),
    }
    return FOUND if any(result.count(verdict) for verdict in failing[args.fail_on]) else 0


def _write(result: Scan, folder: Path, quiet: bool) -> None:
    from edubias.document.read import SCAN_PAGE
    from edubias.report.scan_folder import write_scan

    write_scan(result, folder)
    if not quiet:
        review = f"edubias --lang {current_language()} review {shlex.quote(str(folder))}"
        print(
            tr(
                f"report: {folder / SCAN_PAGE}\nreview it: {review}",
                f"报告：{folder / SCAN_PAGE}\n逐条审阅：{review}",
            )
        )


def _unread(paths: Sequence[str]) -> list[str]:
    """What to say of files in folders that must be saved in another format; it is shown too."""
    from edubias.document.read import OTHERS, unread_in
    from edubias.progress import STDERR
    from edubias.report.names import short_names

    files = {file.resolve(): file for path in paths for file in unread_in(path)}.values()
    by_format: dict[str, list[str]] = {}
    for file, name in zip(files, short_names(list(files)), strict=True):
        # Names out of old archives may be in another encoding, which no report could hold.
        shown = name.encode(errors="replace").decode()
        by_format.setdefault(OTHERS[file.suffix.lower()], []).append(shown)
    notes = [
        tr(
            f"not read: {', '.join(names)}: save them as .{format} first",
            f"未读取：{'、'.join(names)}：请先另存为 .{format}",
        )
        for format, names in by_format.items()
    ]
    for note in notes:
        STDERR.print(note, style="yellow", soft_wrap=True, highlight=False, markup=False)
    return notes


def _documents(paths: Sequence[str]) -> list[Document]:
    """Every manuscript that is named, once.

    Raises:
        DataError: Some can't be read. All are told of at once; nothing was judged yet.
    """
    from edubias.document.read import manuscripts_in, read_document

    files: dict[Path, Path] = {}
    documents: list[Document] = []
    bad: list[DataError] = []
    for path in paths:
        try:
            files |= {file.resolve(): file for file in manuscripts_in(path)}
        except DataError as error:
            bad.append(error)
    for file in files.values():
        try:
            documents.append(read_document(file))
        except DataError as error:
            bad.append(error)
    if len(bad) > 1:
        raise DataError("\n".join(str(error) for error in bad))
    if bad:
        raise bad[0]
    return documents


def _show(result: Scan) -> None:
    """Print findings by manuscript, and how many there are."""
    from edubias.report.names import place_name, verdict_told

    for index, document in enumerate(result.documents):
        print(document.path)
        for note in document.notes:
            print(f"  {tr('note', '注意')}{colon()}{note}")
        for hit in result.hits_in(index):
            finding = hit.finding
            print(f"  {place_name(hit.place)}{colon()}{verdict_told(finding)}")
            print(f"    {' '.join(finding.text.split())}")
            if finding.bias_types:
                kind = type_name(finding.bias_types[0].bias_type)
                print(f"    {tr('kind', '类型')}{colon()}{kind}")
            if finding.spans:
                words = " … ".join(span.text for span in finding.spans)
                rough = tr(" (a rough guide)", "（程序推算，可能不准）")
                print(f"    {tr('words', '相关词语')}{colon()}{words}{rough}")
            for wording in finding.rewrites:
                print(f"    {tr('suggested wording', '改写建议')}{colon()}{wording}")
        print(
            tr(
                f"  {document.sentences} sentences: {result.count('biased', index)} biased, "
                f"{result.count('unsure', index)} unsure",
                f"  共 {document.sentences} 句：有偏见 {result.count('biased', index)} 句，"
                f"存疑 {result.count('unsure', index)} 句",
            )
        )
