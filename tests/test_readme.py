"""Every command that the READMEs show, run in a copy of the project with a tiny model and data."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docx import Document as WordDocument

from tests.conftest import ROOT

READMES = ("README.md", "README.zh-CN.md", "scripts/textbook_bias/README.md")
NOT_RUN = re.compile(
    r"make (demo|test|install|setup|detector)$"  # they run this test, or minutes; targets are checked below
    r"|source .venv/bin/activate$|cd |pip install |git clone "
    r"|edubias model "  # embedded tests cover it
    r"|edubias (--lang zh )?review \S+( --reviewer \S+)?$"  # serves until it is stopped; tests/cli covers it
    r"|tail -f "
)


def commands_of(readme: str) -> list[str]:
    """Commands of the bash blocks, continued lines joined, comments left out."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    found = []
    for block in re.findall(r"```bash\n(.*?)```", text, flags=re.DOTALL):
        joined = block.replace("\\\n", " ")
        found += [re.sub(r"\s+#.*", "", line).strip() for line in joined.splitlines()]
    return [command for command in found if command and not command.startswith("#")]


@pytest.fixture(scope="module")
def workplace(
    tmp_path_factory, tiny_model, pair_files, statement_file
) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    (folder / "data").mkdir()
    for split, name in (("train", ""), ("eval", "_eval"), ("test", "_test")):
        shutil.copy(pair_files[split], folder / "data" / f"edu_bias_pairs{name}.jsonl")
    shutil.copy(statement_file, folder / "data" / "edu_statements.jsonl")
    (folder / "sentences.txt").write_text("physics ok\n数学 xx\n", encoding="utf-8")
    (folder / "notes.md").write_text("# 数学\n\nphysics 9 xx zz\n", encoding="utf-8")
    (folder / "manuscripts").mkdir()
    for name in ("chapter.docx", "manuscripts/book.docx"):
        chapter = WordDocument()
        chapter.add_paragraph("physics 9 ok all")
        chapter.add_paragraph("physics 9 xx zz")
        chapter.save(str(folder / name))
    shutil.copy(pair_files["train"], folder / "my_pairs.jsonl")
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "MODEL_NAME_OR_PATH": str(tiny_model),
        "CONFIG_FILE": "edu_bias_embedded",
        "HF_HUB_OFFLINE": "1",
        "LC_ALL": "C.UTF-8",
    }
    return folder, environment


def test_there_are_commands():
    assert all(len(commands_of(readme)) >= 1 for readme in READMES)


def test_commands_run(workplace):
    folder, environment = workplace
    # The READMEs share most of their commands, but for the language; each runs once, in order.
    once: dict[str, str] = {}
    for readme in READMES:
        for shown in commands_of(readme):
            once.setdefault(shown.replace("--lang zh ", ""), shown)
    for command in once.values():
        if NOT_RUN.match(command):
            continue
        result = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for readme in READMES:
        for command in commands_of(readme):
            if command.startswith("make "):
                assert re.search(rf"^{command.split()[1]}:", makefile, flags=re.MULTILINE), command


def findings_in(output: str) -> list[str]:
    """Lines of findings; what is said further of a finding is indented."""
    return [line for line in output.splitlines() if not line.startswith("\t")]


def test_scripts_run_from_a_subfolder(workplace):
    folder, environment = workplace
    output = folder / "outputs" / "sub"
    train = subprocess.run(
        ["bash", "../scripts/textbook_bias/textbook_bias_dpo.sh", "train_cfgs.max_steps=1"],
        cwd=folder / "data",
        env=environment | {"OUTPUT_DIR": "./outputs/sub"},  # TRAIN_MODE is the guide's: deepspeed
        capture_output=True,
        text=True,
        check=False,
    )
    assert train.returncode == 0, train.stderr
    assert "falling back to TRAIN_MODE=single" in " ".join(train.stderr.split())
    assert (output / "adapter_model.safetensors").is_file()
    script = folder / "scripts" / "textbook_bias" / "test_bias_detection.py"
    for cases, count in (([], 4), (["--test_cases", "一", "two"], 2)):
        detect = subprocess.run(
            [sys.executable, str(script), str(output), *cases],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert len(findings_in(detect.stdout)) == count
    typed = subprocess.run(
        [sys.executable, str(script), str(output), "--interactive"],
        env=environment,
        input="physics\nquit\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(findings_in(typed.stdout)) == 1


def test_shell_scripts_say_what_is_wrong(workplace):
    folder, environment = workplace
    for command in (
        ["bash", "scripts/textbook_bias/evaluate_bias_model.sh", "no/such/checkpoint"],
        ["bash", "scripts/textbook_bias/evaluate_bias_model.sh", "--limit", "0"],
        ["bash", "scripts/textbook_bias/textbook_bias_dpo.sh", "train_cfgs.epoch=1"],
        [sys.executable, "scripts/textbook_bias/test_bias_detection.py", "no/such/checkpoint"],
    ):
        result = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert result.returncode == 2
        assert "Traceback" not in result.stderr
        assert "expected one argument" not in result.stderr
