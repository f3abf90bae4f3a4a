#!/usr/bin/env bash
# Starts vLLM's OpenAI-compatible server with one base model and any number of adapters on it. vLLM itself shares the
# requests among SERVE_REPLICAS copies of the model behind its one address.
#
#   SERVE_MODEL=/models/base SERVE_ADAPTERS="dsr-novel=/adapters/dsr-novel" SERVE_REPLICAS=8 deploy/vllm/serve.sh
#
# Settings come from the environment, as in vllm.env.example. SERVE_ARGUMENTS and this script's own arguments are
# passed to vLLM after them; the last value of an option counts. vLLM itself reads VLLM_API_KEY, the key that
# clients must send.
set -euo pipefail

refuse() {
    printf '%s: error: %s\n' "${0##*/}" "$1" >&2
    exit 2
}

[[ -n ${SERVE_MODEL:-} ]] || refuse "SERVE_MODEL is not set. Fix: name the folder of the base model's weights."
python=${VLLM_PYTHON:-python3}
command -v "$python" >/dev/null || refuse "there is no $python. Fix: set VLLM_PYTHON to an interpreter that has vllm."

arguments=(
    --model "$SERVE_MODEL"
    --served-model-name "${SERVE_NAME:-screenwriter}"
    --host "${SERVE_HOST:-127.0.0.1}"
    --port "${SERVE_PORT:-8001}"
    --max-model-len "${SERVE_CONTEXT:-16384}"
    --max-num-seqs "${SERVE_IN_FLIGHT:-256}"
    --gpu-memory-utilization "${SERVE_MEMORY:-0.9}"
    --tensor-parallel-size "${SERVE_TENSOR:-1}"
    --pipeline-parallel-size "${SERVE_PIPELINE:-1}"
    --data-parallel-size "${SERVE_REPLICAS:-1}"
    --enable-prefix-caching
    # Only what a request says holds: a model's own file may otherwise add top-k or a penalty that no record shows.
    --generation-config vllm
    --seed 0
)

read -ra adapters <<<"${SERVE_ADAPTERS:-}"
if ((${#adapters[@]})); then
    for adapter in "${adapters[@]}"; do
        [[ $adapter == ?*=?* ]] || refuse "\"$adapter\" is no adapter. Fix: write NAME=FOLDER, with spaces between them."
        [[ -f ${adapter#*=}/adapter_config.json ]] ||
            refuse "${adapter#*=} holds no adapter (adapter_config.json is missing). Fix: name its folder in SERVE_ADAPTERS."
    done
    arguments+=(
        --enable-lora
        --lora-modules "${adapters[@]}"
        --max-loras "${#adapters[@]}"
        --max-cpu-loras "${#adapters[@]}"
        --max-lora-rank "${SERVE_RANK:-64}"
    )
fi

# Split at blanks as a shell does, with its quotes, but nothing in it is expanded or run.
if [[ -n ${SERVE_ARGUMENTS:-} ]]; then
    xargs -r true <<<"$SERVE_ARGUMENTS" 2>/dev/null ||
        refuse "SERVE_ARGUMENTS has a quote that is never closed. Fix: close it; put JSON in single quotes."
    mapfile -d '' -t further < <(xargs -r printf '%s\0' <<<"$SERVE_ARGUMENTS")
    arguments+=("${further[@]}")
fi

# The folder in which this was called must not hide packages of vLLM's environment.
export PYTHONSAFEPATH=1 DO_NOT_TRACK=1 VLLM_NO_USAGE_STATS=1
# `vllm serve`, which alone starts several replicas and nodes.
exec "$python" -m vllm.entrypoints.cli.main serve "${arguments[@]}" "$@"
