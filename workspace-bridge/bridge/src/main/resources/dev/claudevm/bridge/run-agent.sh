#!/bin/bash
# Runs one agent in a tmux pane: run-agent.sh <run's folder> <conversation's folder> <working directory> <program> <argument>…
# The agent's stdin is what lies in in.ndjson and is appended to it, its stdout is appended to raw.ndjson. The pane shows pane.txt and
# takes typed lines. Needs neither the bridge nor the control plane once it runs. Writes `exit` when the agent has ended.
run=$1 conversation=$2 directory=$3
shift 3
umask 077
exec 4<&0
: >>"$run/raw.ndjson"
# Keys typed into the pane (Ctrl-C …) are not for the agent.
trap '' INT QUIT TSTP

exec 3< <(exec tail -c +1 -s 0.02 -f "$run/in.ndjson" 4<&-)
feed=$!

(
    # The environment comes from the file alone: nothing of the bridge's or tmux's gets through.
    for name in $(compgen -e); do unset "$name"; done
    . "$run/env"
    PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}
    rm -f "$run/env"
    cd "$directory" || exit 126
    exec setsid env --default-signal=INT,QUIT,TSTP -- "$@" <&3 >>"$run/raw.ndjson" 2>>"$run/err.log" 3<&- 4<&-
) 2>>"$run/err.log" &
agent=$!
exec 3<&-

started() { local s; read -r s <"/proc/$1/stat" && s=${s##*) } && set -- $s && echo "${20}"; }
echo "$$ $(started $$) $agent $(started $agent)" >"$run/pids.new" && mv "$run/pids.new" "$run/pids"

printf '\033[H\033[2J'
tail -n 500 -s 0.2 -F "$conversation/pane.txt" 2>/dev/null 4<&- &
view=$!

while IFS= read -r line <&4; do
    [ -n "$line" ] || continue
    id=$(cat /proc/sys/kernel/random/uuid)
    printf '%s' "$line" >"$conversation/typed/.$id" && mv "$conversation/typed/.$id" "$conversation/typed/$id"
done &
typing=$!

# When tmux or the person ends this session, the agent ends too: politely, then for good.
trap 'kill -TERM -- "-$agent" 2>/dev/null; (sleep 2; kill -KILL -- "-$agent" 2>/dev/null) & killer=$!' HUP TERM
while :; do
    wait "$agent"
    code=$?
    kill -0 "$agent" 2>/dev/null || break
done
echo "$code" >"$run/exit.new" && mv "$run/exit.new" "$run/exit"
kill "$feed" "$view" "$typing" $killer 2>/dev/null
exit 0
