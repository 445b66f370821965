"""``edubias sweep`` and ``edubias export``, as a person types them."""

from __future__ import annotations

import json

from edubias.cli.main import main
from edubias.train.launch import plan_training
from tests.conftest import tiny_overrides


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_sweep_shows_trials_and_goes_on(capsys, tiny_model, pair_files, tmp_path):
    folder = tmp_path / "my out"
    given = [*tiny_overrides(tiny_model, pair_files, tmp_path / "final"), "train_cfgs.max_steps=2"]
    command = ["sweep", "--config", "edu_bias_embedded", *given, "--output", str(folder)]
    command += ["--space", "train_cfgs.scale_coeff=0.1,0.5", "--space", "lora_cfgs.r=4..8"]
    status, out, err = run(capsys, *command, "--trials", "1")
    assert status == 0
    assert "Best: trial-000" in out
    assert f"edubias train --config '{folder / 'best.yaml'}'" in out
    assert "trial-000 (1/1): eval/auroc" in err
    assert (folder / "sweep.svg").is_file()
    plan = plan_training(str(folder / "best.yaml"), [], None, cuda=False, environ={})
    assert plan.config.logger_cfgs.output_dir == str(tmp_path / "final")
    status, _, err = run(capsys, *command)
    assert status == 2
    assert "--resume" in err
    status, out, _ = run(capsys, *command, "--trials", "2", "--resume", "--json")
    assert status == 0
    result = json.loads(out)
    assert [trial["trial"] for trial in result["trials"]] == ["trial-000", "trial-001"]
    assert result["best"] in ("trial-000", "trial-001")


def test_sweep_with_bad_arguments(capsys, tiny_model, pair_files, tmp_path):
    command = ["sweep", "--config", "edu_bias_embedded", "--output", str(tmp_path / "out")]
    cases = [
        (["--space", "train_cfgs.learning_rat=1..2"], "did you mean 'train_cfgs.learning_rate'"),
        (["--space", "lora_cfgs.r=4,8", "lora_cfgs.r=4"], "both set and searched"),
        (["--metric", "test/auroc"], "unknown metric"),
    ]
    for arguments, reason in cases:
        status, _, err = run(capsys, *command, *arguments)
        assert status == 2
        assert reason in err
        assert "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_export_then_detect(capsys, trained, tmp_path):
    sentences = tmp_path / "sentences.txt"
    sentences.write_text("physics 99 xx zz\n数学 ok all\n", encoding="utf-8")
    folder = str(tmp_path / "the whole")
    command = ["export", str(trained), "--output", folder, "--check", str(sentences)]
    status, out, _ = run(capsys, *command, "--json")
    assert status == 0
    assert json.loads(out)["sentences"] == 18
    for model in (folder, str(trained)):
        status, out, _ = run(capsys, "detect", "--model", model, "--json", "physics 99 xx zz")
        assert status == 0
        assert json.loads(out)["verdict"] == "biased"
    status, _, err = run(capsys, *command, "--gguf", "--converter", str(tmp_path / "no.py"))
    assert status == 2
    assert "llama.cpp" in err
    status, out, _ = run(capsys, "--lang", "zh", *command, "--overwrite")
    assert status == 0
    assert "18 个句子" in out
    assert f"edubias detect --model '{folder}' --interactive" in out
