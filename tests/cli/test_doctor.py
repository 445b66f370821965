"""``edubias doctor``, and what ``edubias train`` takes from it."""

from __future__ import annotations

import json
import shutil

import pytest

from edubias.cli.main import main
from tests.conftest import tiny_overrides


@pytest.fixture
def doctor(capsys, tiny_model, pair_files, tmp_path):
    def run(*options, overrides=()):
        given = [*tiny_overrides(tiny_model, pair_files, tmp_path / "out"), *overrides]
        status = main(["doctor", "--config", "edu_bias_embedded", *options, *given])
        return status, capsys.readouterr().out

    return run


def test_a_training_that_can_run(doctor, tmp_path):
    status, out = doctor("--json")
    assert status == 0
    found = json.loads(out)
    assert found["ready"]
    names = [check["name"] for check in found["checks"]]
    assert len(names) == len(set(names))
    assert {"machine", "libraries", "template", "lengths", "memory", "disk"} <= set(names)
    assert all(check["remedy"] for check in found["checks"] if check["status"] != "ok")
    assert not (tmp_path / "out").exists()


def test_the_table_in_both_languages(doctor):
    status, out = doctor()
    assert status == 0
    assert "learning rate" in out
    assert "0 failed, " in out
    assert "学习率" in doctor("--lang", "zh")[1]


@pytest.mark.parametrize(
    ("override", "name"),
    [
        ("model_cfgs.model_name_or_path=./no/model", "model"),
        ("data_cfgs.train_datasets=nowhere.jsonl", "data"),
        ("data_cfgs.train_template=Other", "template"),
        ("train_cfgs.bf16=true train_cfgs.fp16=true", "configuration"),
        ("model_cfgs.model_max_length=8", "lengths"),
        ("train_cfgs.epoch=3", "configuration"),
    ],
)
def test_what_stops_a_training_fails_and_the_rest_is_told(doctor, override, name):
    status, out = doctor("--json", overrides=override.split())
    assert status == 1
    checks = {check["name"]: check for check in json.loads(out)["checks"]}
    assert checks[name]["status"] == "fail"
    assert checks["machine"]["status"] == "ok"


def test_deepspeed_that_is_not_there_points_to_single_mode(doctor, monkeypatch):
    monkeypatch.setenv("EDUBIAS_ALLOW_CPU_DEEPSPEED", "1")
    monkeypatch.setattr("edubias.train.launch.importlib.util.find_spec", lambda name: None)
    status, out = doctor("--json", "--mode", "deepspeed")
    assert status == 1
    assert "TRAIN_MODE=single" in out


def test_train_warns_and_goes_on(capsys, tiny_model, pair_files, tmp_path):
    overrides = tiny_overrides(tiny_model, pair_files, tmp_path / "out")
    given = [*overrides, "data_cfgs.eval_datasets=null", "train_cfgs.max_steps=1"]
    assert main(["train", "--config", "edu_bias_embedded", *given]) == 0
    err = capsys.readouterr().err
    assert "learning_rate: 0.01" in err
    assert (tmp_path / "out" / "adapter_model.safetensors").is_file()


def test_train_stops_before_it_touches_an_earlier_run(capsys, tiny_model, pair_files, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "train.log").write_text("earlier")
    overrides = tiny_overrides(tiny_model, pair_files, folder)
    given = [*overrides, "model_cfgs.model_name_or_path=./no/model"]
    assert main(["train", "--config", "edu_bias_embedded", *given]) == 2
    assert "no such model folder" in capsys.readouterr().err
    assert (folder / "train.log").read_text() == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_processes_of_a_mode_that_has_one_are_named(capsys):
    arguments = ["data_cfgs.train_datasets=nowhere.jsonl", "--processes", "2"]
    assert main(["train", "--config", "edu_bias_embedded", *arguments]) == 2
    assert "--processes is ignored" in capsys.readouterr().err


def test_it_takes_processes_and_resuming_as_train_does(doctor, tmp_path, trained):
    def found(*options):
        return {
            check["name"]: check for check in json.loads(doctor("--json", *options)[1])["checks"]
        }

    two = found("--mode", "accelerate", "--processes", "2")
    assert two["batch"]["message"].startswith("8 pairs a step")
    shutil.copytree(trained, tmp_path / "out")
    assert "goes on from checkpoint-8" in found("--resume")["configuration"]["message"]
    refused = found("--resume", "--mode", "accelerate", "--processes", "2")["configuration"]
    assert refused["status"] == "fail"
    assert "processes (1, now 2)" in refused["message"]
