#!/usr/bin/env bash
# Evaluate a trained model on held-out pairs: evaluate_bias_model.sh [CHECKPOINT] [OPTION…]
#   EVAL_DATASET  pairs to evaluate on (default: data/edu_bias_pairs_test.jsonl)
# Further options are handed on to `edubias evaluate`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/textbook_bias/environment.sh

CHECKPOINT=./outputs/textbook_bias_dpo
if [[ $# -gt 0 && "$1" != -* ]]; then
  CHECKPOINT=$1
  shift
fi
exec "$PYTHON" -m edubias.cli.main evaluate "$CHECKPOINT" \
  --data "${EVAL_DATASET:-data/edu_bias_pairs_test.jsonl}" "$@"
