# shellcheck shell=bash
# What the Slurm scripts share. Sourced, never run.

refuse() {
    printf 'error: %s\n' "$1" >&2
    exit 2
}

# A port that follows from the words given, and is the same each time; below 32768, where the system takes ports from
# for those who connect.
port_of() {
    local sum
    sum=$(cksum <<<"${USER:-} $*")
    echo $((20000 + ${sum%% *} % 12000))
}

# Waits until a server lists its models: `wait_for URL PID`. Gives up when its process ends or the time is over.
wait_for() {
    local url=$1 pid=$2 deadline=$((SECONDS + ${SERVE_PATIENCE:-1800})) key=()
    [[ -z ${VLLM_API_KEY:-} ]] || key=(--header "Authorization: Bearer $VLLM_API_KEY")
    until curl --silent --fail --max-time 5 "${key[@]}" "$url/v1/models" >/dev/null; do
        kill -0 "$pid" 2>/dev/null || refuse "the server ended before it answered. Fix: read its output above."
        ((SECONDS < deadline)) || refuse "the server did not answer in ${SERVE_PATIENCE:-1800} s. Fix: set SERVE_PATIENCE."
        sleep "${SERVE_LOOK:-2}"
    done
}

# Ends a server and waits for it: `stop PID`.
stop() {
    kill -TERM "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}
