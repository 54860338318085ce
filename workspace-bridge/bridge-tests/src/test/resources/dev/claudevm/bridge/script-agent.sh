#!/bin/bash
# An agent for tests. A message is what it shall do, one thing after the other, separated by `;`:
#   say TEXT · piece TEXT · pieces FROM TO · whole · stream N · ask TOOL … (waits for all answers) · question · tool BYTES · hang · die · quit CODE · raw PRINTF-FORMAT · wait FILE
# It writes down all that it is told into $SCRIPT_LOG, and how it was started.
say() { printf '%s' "$1"; shift; printf '\t%s' "$@"; printf '\n'; }
printf 'start\t%s\n' "$*" >>"$SCRIPT_LOG"
env | cut -d= -f1 | sort | tr '\n' ' ' >"$SCRIPT_LOG.env"
number=0
hear() { IFS=$'\t' read -r verb id when text || exit 0; printf '%s\t%s\t%s\t%s\n' "$verb" "$id" "$when" "$text" >>"$SCRIPT_LOG"; }
perform() {
    local message=$1 steps step words outcome=done i
    IFS=';' read -ra steps <<<"$2"
    for step in "${steps[@]}"; do
        read -ra words <<<"$step"
        number=$((number + 1))
        case ${words[0]} in
            say) say text "$message-$number" "${words[*]:1}" ;;
            piece) say piece "$message-w" "${words[*]:1}" ;;
            pieces) for ((i = words[1]; i < words[2]; i++)); do say piece "$message-w" "$i,"; sleep 0.005; done ;;
            whole) say whole "$message-w" ;;
            stream) for ((i = 0; i < words[1]; i++)); do say piece "$message-s" "$i,"; sleep 0.005; done; say whole "$message-s" ;;
            ask)
                local open=0
                for tool in "${words[@]:1}"; do open=$((open + 1)); say ask "$message-$tool" "$tool"; done
                while ((open > 0)); do
                    hear
                    [ "$verb" = answer ] && { open=$((open - 1)); say text "$message-$id-got" "$id $text"; }
                done ;;
            question) say question "$message-q"; while hear; do [ "$verb" = answer ] && break; done; say text "$message-q-got" "$text" ;;
            tool) printf 'tool\t%s\t' "$message-tool"; head -c "${words[1]}" /dev/zero | tr '\0' x; printf '\n' ;;
            hang) while hear; do
                    case $verb in
                        interrupt) outcome=interrupted; break 2 ;;
                        say) say taken "$id"; say text "$id-now" "heard $text" ;;
                        mode) say mode "$text" ;;
                    esac
                done ;;
            die) kill -KILL $$ ;;
            quit) echo "no more" >&2; exit "${words[1]}" ;;
            raw) printf "${step#*raw }" ;;
            wait) while [ ! -e "${words[1]}" ]; do sleep 0.02; done ;;
        esac
    done
    say end "$outcome"
}
[ -n "$SCRIPT_REFUSE" ] && { echo "bad key" >&2; exit 1; }
while hear; do
    case $verb in
        say) say taken "$id"; perform "$id" "$text" ;;
        mode) say mode "$text" ;;
    esac
done
