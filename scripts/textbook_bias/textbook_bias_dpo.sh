#!/usr/bin/env bash
# Train the textbook bias detector with DPO. Environment variables, all optional:
#   TRAIN_MODE          deepspeed (default) | accelerate | fsdp | single
#   CONFIG_FILE         a YAML file, or a preset: dpo.yaml, edu_bias_dpo.yaml, edu_bias_embedded.yaml
#   MODEL_NAME_OR_PATH  TRAIN_DATASETS  TRAIN_TEMPLATE  EVAL_DATASETS  EVAL_TEMPLATE  OUTPUT_DIR
#   PER_DEVICE_TRAIN_BATCH_SIZE  GRADIENT_ACCUMULATION_STEPS  MASTER_PORT  WANDB_API_KEY
# Arguments are handed on to `edubias train`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/textbook_bias/environment.sh

export TRAIN_MODE="${TRAIN_MODE:-deepspeed}"
export OUTPUT_DIR="${OUTPUT_DIR:-./outputs/textbook_bias_dpo}"
exec "$PYTHON" -m edubias.cli.main train "$@"
