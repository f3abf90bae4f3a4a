#!/usr/bin/env bash
# Puts the servers that deploy/slurm/servers.sbatch has posted behind one address, http://127.0.0.1:8000/v1, and follows
# them as they come and go. Run it where the workers run; Ctrl-C ends it and its nginx.
#
#   SERVERS=$HOME/evalsite-servers deploy/slurm/balance.sh
#
# LISTEN is another address to listen at. With `--once CONF` it only writes the list of servers to the file CONF, for an nginx of your own.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=deploy/slurm/lib.sh
source "$here/slurm/lib.sh"
[[ -d ${SERVERS:-} ]] || refuse "SERVERS names no folder. Fix: the one that servers.sbatch was given."

# One line for each posted address. With none, one that answers nothing, since an empty list is no configuration.
list() {
    local each found=''
    for each in "$SERVERS"/*; do
        [[ -f $each && $each != *.new ]] || continue
        found+="server $(<"$each") max_fails=1 fail_timeout=10s;"$'\n'
    done
    printf '%s' "${found:-"server 127.0.0.1:9 down;"$'\n'}"
}

if [[ ${1:-} == --once ]]; then
    list >"${2:?the file to write}"
    exit 0
fi

command -v nginx >/dev/null || refuse "there is no nginx. Fix: install it, or write the list for another one with --once."
folder=$(mktemp -d)
nginx=''
finish() {
    [[ -z $nginx ]] || stop "$nginx"
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 0' TERM INT

sed "s/listen 127\.0\.0\.1:8000/listen ${LISTEN:-127.0.0.1:8000}/" "$here/nginx-vllm.conf" >"$folder/nginx-vllm.conf"
list >"$folder/nginx-vllm-servers.conf"
nginx -p "$folder" -c "$folder/nginx-vllm.conf" -g 'daemon off;' &
nginx=$!
while kill -0 "$nginx" 2>/dev/null; do
    sleep "${LOOK:-5}" &
    wait $! || true
    list >"$folder/new"
    if ! cmp -s "$folder/new" "$folder/nginx-vllm-servers.conf"; then
        mv "$folder/new" "$folder/nginx-vllm-servers.conf"
        kill -HUP "$nginx" # requests under way are answered by the servers that have them
        echo "servers: $(grep -c -v ' down;' "$folder/nginx-vllm-servers.conf" || true)"
    fi
done
