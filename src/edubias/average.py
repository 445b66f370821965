"""The mean of several runs' adapters, as one adapter: no dearer to use than one of them.

Runs that differ by their seed alone end in weights whose mean is mostly better than each (Wortsman
et al. 2022, "Model soups", arXiv:2203.05482). What is averaged is what adapters add to the weights,
``ΔW_i = s_i·B_i·A_i``. The mean of N adapters has up to the sum of their ranks; it is cut back to
the largest of them by singular value decomposition, the nearest there is (Eckart & Young 1936).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from peft import LoraConfig, PeftModel
from peft.utils import SAFETENSORS_WEIGHTS_NAME

from edubias.config import Config
from edubias.detect import rewrite
from edubias.errors import ConfigError, ModelError
from edubias.export import RECORD, publish_export
from edubias.lang import tr
from edubias.model.load import add_adapter, is_adapter, load_adapter, load_base, load_tokenizer_of
from edubias.model.manifest import RunManifest, load_manifest, source_revision, utc_now
from edubias.train.launch import marks_of_run, move_aside

MEAN = "mean"
"""Name of the averaged adapter while it is in memory."""

ALIKE = ("base_model", "prompt", "template", "beta")
"""What the records of averaged runs must agree in."""


def average(
    runs: Sequence[Path], output: Path, say: Callable[[str], None] = lambda _: None
) -> RunManifest:
    """Write the mean of runs' adapters as a checkpoint, which is not calibrated yet.

    Args:
        runs: Folders of LoRA runs from one base model with one prompt.
        output: The folder; it is there in the end, or, where something failed, as it was. A run
            or mean that stands there is moved aside; a copy of its rewriter stays.
        say: Told where an earlier one is now, for people.

    Returns:
        The checkpoint's record.

    Raises:
        ConfigError: There are fewer than two runs, one is named twice, they do not go together, or
            the folder may not be written to.
        ModelError: A folder is no LoRA checkpoint, or the mean can't be written.
    """
    manifests = [_manifest(run) for run in runs]
    _require_alike(runs, manifests)
    _require_free(output, runs)
    first = manifests[0]
    config = Config.model_validate(first.config)
    policy = load_adapter(load_base(config.model_cfgs), runs[0])
    names = [policy.active_adapter, *(f"run{number}" for number in range(1, len(runs)))]
    for name, run in zip(names[1:], runs[1:], strict=True):
        add_adapter(policy, run, name)
    shares = [1 / len(names)] * len(names)
    policy.add_weighted_adapter(
        names, shares, MEAN, combination_type="svd", svd_full_matrices=False
    )
    rank = cast(LoraConfig, policy.peft_config[MEAN]).r
    lora = config.lora_cfgs.model_copy(update={"r": rank, "lora_alpha": rank})
    logger = config.logger_cfgs.model_copy(update={"output_dir": str(output)})
    update = {"lora_cfgs": lora, "logger_cfgs": logger}
    manifest = replace(
        first,
        config=config.model_copy(update=update).model_dump(mode="json"),
        averaged=[_source(run, one) for run, one in zip(runs, manifests, strict=True)],
        metrics={},
        commit=source_revision(),
        created=utc_now(),
    )

    def write(partial: Path) -> None:
        _write_adapter(policy, partial)
        load_tokenizer_of(runs[0], config.model_cfgs).save_pretrained(partial)
        manifest.save(partial)
        if rewrite.has_rewriter(output):
            shutil.copytree(output / rewrite.FOLDER, partial / rewrite.FOLDER)
        if moved := move_aside(output):  # last, when nothing can fail but a rename
            say(
                tr(
                    f"What stood in {output} was moved to {moved}",
                    f"{output} 中原有的内容已移至 {moved}",
                )
            )

    publish_export(output, write)
    return manifest


def _manifest(run: Path) -> RunManifest:
    manifest = load_manifest(run)
    if not is_adapter(run):
        raise ModelError(
            tr(f"{run}: holds no LoRA adapter", f"{run}：其中没有 LoRA 适配器"),
            tr("Only adapters are averaged.", "只能对适配器求平均。"),
        )
    return manifest


def _require_alike(runs: Sequence[Path], manifests: Sequence[RunManifest]) -> None:
    if len({run.resolve() for run in runs}) < max(2, len(runs)):
        raise ConfigError(
            tr("give two runs or more, each once", "请指定至少两次训练的文件夹，且不要重复")
        )
    for run, manifest in zip(runs, manifests, strict=True):
        for name in ALIKE:
            own, other = getattr(manifests[0], name), getattr(manifest, name)
            if own != other:
                raise ConfigError(
                    tr(
                        f"{runs[0]} and {run} do not go together: {name} is {own!r} and {other!r}",
                        f"{runs[0]} 与 {run} 不能平均：{name} 分别为 {own!r} 与 {other!r}",
                    ),
                    tr(
                        "Average runs of one base model with one template and scale_coeff.",
                        "请对基座模型、模板与 scale_coeff 均相同的训练求平均。",
                    ),
                )


def _require_free(output: Path, runs: Sequence[Path]) -> None:
    for run in runs:
        if output.resolve() in (run.resolve(), *run.resolve().parents):
            raise ConfigError(
                tr(f"{output} is or holds {run}", f"{output} 就是或包含 {run}"),
                tr("Choose another folder.", "请指定其他文件夹。"),
            )
    if output.exists() and not output.is_dir():
        raise ConfigError(tr(f"{output} is a file", f"{output} 是文件"))
    if not (output.is_dir() and any(output.iterdir())):
        return
    if not marks_of_run(output) or (output / RECORD).is_file():
        raise ConfigError(
            tr(f"{output} holds something else than a run", f"{output} 中不是训练结果"),
            tr("Choose another folder.", "请指定其他文件夹。"),
        )


def _source(run: Path, manifest: RunManifest) -> dict[str, Any]:
    """Where one of the averaged adapters comes from."""
    weights = hashlib.sha256((run / SAFETENSORS_WEIGHTS_NAME).read_bytes()).hexdigest()
    return {
        "folder": run.name,
        "sha256": weights,
        "seed": manifest.seed,
        "commit": manifest.commit,
        "data": manifest.data,
        "created": manifest.created,
    }


def _write_adapter(policy: PeftModel, folder: Path) -> None:
    """PEFT puts every adapter that is not called "default" into a folder of its name."""
    policy.save_pretrained(str(folder), selected_adapters=[MEAN])
    for file in (folder / MEAN).iterdir():
        file.replace(folder / file.name)
    (folder / MEAN).rmdir()
