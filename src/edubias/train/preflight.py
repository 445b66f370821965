"""Look at a planned training before it starts.

``all_checks`` is what ``edubias doctor`` shows; ``quick_checks`` is the part of it that costs next
to nothing and comes before every training. Neither loads weights.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from edubias.config import Config
from edubias.data.prompt import prompt_ids, template_of
from edubias.data.read import sample
from edubias.errors import ConfigError, EdubiasError, LaunchError
from edubias.lang import tr
from edubias.model.load import EMBEDDED, Policy, load_tokenizer
from edubias.model.logps import choose_strategy
from edubias.model.precision import training_dtype
from edubias.progress import STDERR
from edubias.records import PreferencePair
from edubias.train.check import Check
from edubias.train.checkpoint import checkpoint_to_resume
from edubias.train.config_check import check_config, optional_packages
from edubias.train.inputs import (
    Encoded,
    check_data,
    check_lengths,
    check_model,
    encode,
    encode_roughly,
    preview_template,
)
from edubias.train.launch import Plan, deepspeed_config, sharding_of, zero_stage
from edubias.train.machine import (
    Machine,
    check_disk,
    check_libraries,
    check_machine,
    check_precision,
    this_machine,
)
from edubias.train.memory import check_memory, estimate_memory, largest_micro_batch
from edubias.train.processes import Cluster
from edubias.train.settings import (
    check_batch,
    check_epochs,
    check_learning_rate,
    check_scale_coeff,
)
from edubias.train.trackers import has_wandb_key


def quick_checks(plan: Plan, training: Sequence[PreferencePair], cluster: Cluster) -> list[Check]:
    """What can be known in a moment of a training whose data has been read.

    Args:
        plan: The plan.
        training: The training pairs.
        cluster: The processes of a distributed mode.
    """
    config, cluster = plan.config, _processes(plan, cluster)
    model_check, model = check_model(config)
    pairs = sample(list(training), config.data_cfgs.train_size, config.train_cfgs.seed)
    return [
        _libraries(plan),
        check_tracker(config, os.environ),
        model_check,
        *_settings(config, model, len(pairs), cluster),
        *_sizes(plan, model, encode_roughly(pairs), this_machine(), cluster),
    ]


def all_checks(plan: Plan, cluster: Cluster, machine: Machine) -> list[Check]:
    """Everything that can be known without loading weights.

    Args:
        plan: The plan.
        cluster: The processes of a distributed mode.
        machine: The machine.
    """
    config, cluster = plan.config, _processes(plan, cluster)
    model_check, model = check_model(config)
    data_check, training = check_data(config)
    pairs = sample(training, config.data_cfgs.train_size, config.train_cfgs.seed)
    checks = [
        check_machine(machine),
        check_precision(config),
        _libraries(plan),
        check_mode(plan),
        check_configuration(plan, cluster),
        check_tracker(config, os.environ),
        model_check,
        data_check,
    ]
    if model is None:
        checks.append(
            Check(
                "memory",
                "warn",
                tr(
                    "without the model, template, lengths, disk and memory are not looked at",
                    "没有模型，无法检查模板、长度、磁盘和内存",
                ),
                tr(
                    "The embedded model: `edubias model prepare`.",
                    "内置模型：请运行 `edubias model prepare`。",
                ),
            )
        )
    encoded = None
    if model is not None and pairs:
        try:
            name = config.model_cfgs.model_name_or_path or EMBEDDED
            tokenizer = load_tokenizer(name, config.model_cfgs.trust_remote_code)
            prompt = prompt_ids(tokenizer, template_of(config.data_cfgs.train_template))
        except ConfigError as error:
            checks.append(Check.of_error("template", error))
        except EdubiasError as error:
            checks.append(Check.of_error("tokenizer", error))
        else:
            encoded = encode(tokenizer, prompt, pairs)
            checks.append(preview_template(tokenizer, prompt, pairs[0]))
            checks.append(check_lengths(encoded, config.model_cfgs.model_max_length))
    return [
        *checks,
        *_settings(config, model, len(pairs), cluster),
        *_sizes(plan, model, encoded, machine, cluster),
    ]


def require_ready(checks: Sequence[Check]) -> None:
    """Print what warns, and refuse to go on where something fails.

    Raises:
        LaunchError: Something fails.
    """
    for check in checks:
        if check.status == "warn":
            STDERR.print(
                f"{check.name}: {check.message}\n{check.remedy}",
                style="yellow",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
    failed = [check for check in checks if check.status == "fail"]
    if failed:
        raise LaunchError(
            "\n".join(check.message for check in failed),
            "\n".join(check.remedy for check in failed if check.remedy),
        )


def check_mode(plan: Plan) -> Check:
    """The mode, and what was decided on the way to it."""
    message = "\n".join([plan.mode, *plan.notices])
    if plan.mode == "deepspeed":
        try:
            zero_stage(deepspeed_config(plan.config.train_cfgs.ds_cfgs))
        except ConfigError as error:
            remedy = tr(
                "Set train_cfgs.ds_cfgs, or train in one process with TRAIN_MODE=single.",
                "请设置 train_cfgs.ds_cfgs，或用 TRAIN_MODE=single 单进程训练。",
            )
            return Check("mode", "fail", error.problem, f"{error.remedy} {remedy}")
    return Check("mode", "warn" if plan.notices else "ok", message)


def check_configuration(plan: Plan, cluster: Cluster) -> Check:
    """Whether options go together, nothing is missing, and a run can go on if it is to.

    Args:
        plan: The plan.
        cluster: The processes that it really uses.
    """
    resumed = None
    try:
        check_config(plan.config)
        with suppress(FileNotFoundError):  # check_data tells of it
            resumed, _ = checkpoint_to_resume(plan.config, cluster.total, sharding_of(plan.mode))
    except EdubiasError as error:
        return Check.of_error("configuration", error)
    message = f"output_dir {plan.config.logger_cfgs.output_dir}"
    if resumed is not None:
        message += tr(f"; goes on from {resumed.name}", f"；从 {resumed.name} 继续")
    return Check("configuration", "ok", message)


def check_tracker(config: Config, environ: Mapping[str, str]) -> Check:
    """Whether the tracker will run without asking for anything.

    A login that W&B keeps for itself is not looked for.
    """
    tracker = config.logger_cfgs.log_type
    offline = environ.get("WANDB_MODE") in {"offline", "disabled", "dryrun"}
    if tracker != "wandb" or offline or has_wandb_key(environ):
        return Check("tracker", "ok", tracker)
    return Check(
        "tracker",
        "warn",
        tr(
            "no W&B key in the environment: without a login, W&B records offline",
            "环境中没有 W&B 密钥：若未登录，将离线记录",
        ),
        tr(
            "Set WANDB_API_KEY to send it at once, or WANDB_MODE=offline to silence this.",
            "设置 WANDB_API_KEY 可立即上传；设置 WANDB_MODE=offline 可关闭此提示。",
        ),
    )


def _processes(plan: Plan, cluster: Cluster) -> Cluster:
    """The processes that a plan really uses."""
    return Cluster() if plan.mode == "single" else cluster


def _libraries(plan: Plan) -> Check:
    deepspeed = {"deepspeed"} if plan.mode == "deepspeed" else set()
    return check_libraries(optional_packages(plan.config).keys() | deepspeed)


def _settings(config: Config, model: Policy | None, pairs: int, cluster: Cluster) -> list[Check]:
    parameters = None if model is None else sum(weight.numel() for weight in model.parameters())
    checks = [
        check_learning_rate(config, parameters),
        check_scale_coeff(config),
        check_epochs(config),
    ]
    return [*checks, check_batch(config, pairs, cluster.total)] if pairs else checks


def _sizes(
    plan: Plan,
    model: Policy | None,
    encoded: Encoded | None,
    machine: Machine,
    cluster: Cluster,
) -> list[Check]:
    """Disk and memory, where the model and data are at hand."""
    if model is None:
        return []
    config = plan.config
    total = sum(weight.numel() for weight in model.parameters())
    trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    # Checkpoints that are kept, one that is being written, and the final model.
    kept = (config.logger_cfgs.save_total_limit or 1) + 2
    checkpoint = 12 * trained  # float32 weights and AdamW's two moments
    if config.lora_cfgs.use_lora and config.lora_cfgs.save_full_model:
        kept += -(-4 * total // checkpoint)
    folder = Path(config.logger_cfgs.output_dir or ".")
    checks = [check_disk(folder, checkpoint, kept)]
    if encoded is None or not encoded.pairs:
        return checks
    try:
        strategy, _ = choose_strategy(model, config.train_cfgs.forward_strategy)
    except ConfigError as error:
        return [*checks, Check.of_error("strategy", error)]
    estimate = estimate_memory(
        model,
        config,
        training_dtype(config),
        largest_micro_batch(config, len(encoded.prompt), encoded.pairs, strategy, cluster.total),
        strategy,
        _zero_stage(plan),
        cluster.total,
    )
    available = machine.memory_for(cluster.processes)
    return [*checks, check_memory(estimate, available, config, encoded.rough)]


def _zero_stage(plan: Plan) -> int:
    """What a mode spreads over processes, as ZeRO counts."""
    if plan.mode == "fsdp":
        return 3
    if plan.mode == "deepspeed":
        with suppress(ConfigError):  # check_mode tells of it
            return zero_stage(deepspeed_config(plan.config.train_cfgs.ds_cfgs))
    return 0
