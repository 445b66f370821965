#!/usr/bin/env bash
# Evaluate a trained model on held-out pairs: evaluate_bias_model.sh [CHECKPOINT] [OPTION…]
#   EVAL_DATASET  pairs to evaluate on (default: data/edu_bias_pairs_test.jsonl)
# Further options are handed on to `edubias evaluate`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/textbook_bias/environment.sh

CHECKPOINT="${1:-./outputs/textbook_bias_dpo}"
exec "$PYTHON" -m edubias.cli.main evaluate "$CHECKPOINT" \
  --data "${EVAL_DATASET:-data/edu_bias_pairs_test.jsonl}" "${@:2}"
