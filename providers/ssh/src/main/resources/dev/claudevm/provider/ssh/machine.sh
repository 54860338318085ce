# What claude-vm does on a machine that it reaches over SSH; for bash. Each command may be repeated after a cut at any point.
#
# machine.sh INSTALLATION COMMAND [ARGUMENT]...
#
#   FOLDER/machine-*.sh, init-*.sh       this, and what keeps a bridge alive
#   FOLDER/kits, bridges, caches         programs, copied once a version, for all installations
#   FOLDER/INSTALLATION/w/ID             a workspace: card, project, home, run. ID.making, ID.deleting: half of one
#   FOLDER/INSTALLATION/d/SHORT          a workspace's way home: a socket that leads through the SSH connection
#   FOLDER/INSTALLATION/agents           agents' programs; agents.list says what has come
set -u
export LC_ALL=C PATH="${PATH:-}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
umask 077
folder=${0%/*} own=${0%/*}/$1 command=$2
all=$own/w
shift 2

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Nobody removes FOLDER while this is held.
lock_folder() {
  while :; do
    mkdir -p "$folder" && exec 8>"$folder/lock" && flock 8 || fail "$folder/lock cannot be taken"
    [ "$folder/lock" -ef /proc/self/fd/8 ] && return
  done
}

# The same, for what is worth nothing without workspaces: the last of them may have gone meanwhile, and everything with it.
lock_used() {
  [ -d "$all" ] || fail "there is no workspace any more"
  lock_folder
  [ -d "$all" ] && return
  rm -f "$folder/lock"
  rmdir "$own" "$folder" 2>/dev/null
  fail "there is no workspace any more"
}

# Only one command at a time works on a workspace, also when the connection of an older one was cut.
lock_workspace() {
  [ -d "$1/run" ] || return 0
  exec 9>"$1/run/lock" && flock -w 60 9 || fail "an earlier command for this workspace does not end"
}

# Sets "began" (clock ticks since boot) of a living process.
look_at() {
  local stat=
  { IFS= read -r -d '' stat <"/proc/$1/stat"; } 2>/dev/null
  [ -n "$stat" ] || return 1
  set -- ${stat##*) }
  case $1 in Z | X) return 1 ;; esac
  began=${20}
}

# Sets "generation" of what runs of a workspace. A pid of before a reboot, or one that was given away again, is another process.
running() {
  local boot now pid start
  { read -r generation boot pid start <"$1/run/process"; } 2>/dev/null || return 1
  read -r now </proc/sys/kernel/random/boot_id
  [ "$boot" = "$now" ] && look_at "$pid" && [ "$began" = "$start" ]
}

# Sets "found" to the pids of a workspace's processes: those with its mark, what these started, and their sessions.
members() {
  local mark file pid stat grew
  local -A in=() parent=() session=()
  found=()
  { read -r mark <"$1/card"; } 2>/dev/null || return 0
  for file in $(grep -lszxF -- "CLAUDE_VM_MARK=$mark" /proc/[0-9]*/environ 2>/dev/null); do
    in[${file//[!0-9]/}]=1
  done
  for file in /proc/[0-9]*; do
    stat=
    { IFS= read -r -d '' stat <"$file/stat"; } 2>/dev/null
    [ -n "$stat" ] || continue
    pid=${stat%% *}
    set -- ${stat##*) }
    case $1 in
      Z | X) unset "in[$pid]" ;;
      *) parent[$pid]=$2 session[$pid]=$4 ;;
    esac
  done
  grew=1
  while [ -n "$grew" ]; do
    grew=
    for pid in "${!parent[@]}"; do
      [ -z "${in[$pid]:-}" ] && [ "$pid" != $$ ] || continue
      if [ -n "${in[${parent[$pid]}]:-}" ] || [ -n "${in[${session[$pid]}]:-}" ]; then
        in[$pid]=1 grew=1
      fi
    done
  done
  for pid in "${!in[@]}"; do
    [ -n "${parent[$pid]:-}" ] && found+=("$pid")
  done
}

# Sets "init" to the pid of the script that keeps the bridge alive.
find_init() {
  local pid words oldest=
  init=
  for pid in "${found[@]}"; do
    words=()
    { mapfile -d '' -t words <"/proc/$pid/cmdline"; } 2>/dev/null
    case "${words[0]:-} ${words[1]:-}" in
      "bash "*/init.sh | "bash $folder/init-"*) ;;
      *) continue ;;
    esac
    # A forked part of the script looks like the script; the script is the older one.
    look_at "$pid" || continue
    if [ -z "$oldest" ] || [ "$began" -lt "$oldest" ] || { [ "$began" = "$oldest" ] && [ "$pid" -lt "$init" ]; }; then
      init=$pid oldest=$began
    fi
  done
}

# Ends all of a workspace's processes; the bridge has so many seconds to end by itself.
stop_all() {
  local i pid left
  members "$1"
  if [ ${#found[@]} -gt 0 ] && [ "$2" -gt 0 ]; then
    find_init
    if [ -n "$init" ]; then
      kill -TERM "$init" 2>/dev/null
      for ((i = 0; i < $2 * 20; i++)); do
        look_at "$init" || break
        sleep 0.05
      done
    fi
    members "$1"
    [ ${#found[@]} -gt 0 ] && kill -TERM "${found[@]}" 2>/dev/null
    for ((i = 0; i < 20; i++)); do
      left=
      for pid in "${found[@]}"; do look_at "$pid" && left=1; done
      [ -n "$left" ] || break
      sleep 0.05
    done
    members "$1"
  fi
  for ((i = 0; i < 200 && ${#found[@]} > 0; i++)); do
    kill -KILL "${found[@]}" 2>/dev/null
    sleep 0.05
    members "$1"
  done
  [ ${#found[@]} = 0 ] ||
    fail "processes of the workspace do not end, not even when they are killed: ${found[*]}. They wait for a disk or a network drive, as a rule"
  rm -f "$1/run/process" "$1/run/parts"
}

# Sets "bwrap" and "disable", or "why" there can be no sandbox.
find_bwrap() {
  local candidate said
  why="bubblewrap (the program bwrap) is not installed" bwrap= disable=()
  for candidate in "$(command -v bwrap)" "$folder/kits/$1/bin/bwrap"; do
    [ -x "$candidate" ] || continue
    disable=()
    case $("$candidate" --help 2>&1) in *--disable-userns*) disable=(--disable-userns) ;; esac
    if said=$("$candidate" --unshare-all --unshare-user --share-net "${disable[@]}" --ro-bind / / --proc /proc --dev /dev true 2>&1); then
      bwrap=$candidate
      return 0
    fi
    why="bubblewrap does not work there (${said//$'\n'/ })"
  done
  return 1
}

# Of /etc, what programs need and what holds no secret; passwd, group and hosts are ours.
etc="alternatives bash.bashrc ca-certificates ca-certificates.conf crypto-policies debian_version fonts gai.conf host.conf inputrc
  ld.so.cache ld.so.conf ld.so.conf.d localtime magic mime.types nsswitch.conf os-release pki profile profile.d protocols python3
  resolv.conf services ssl/certs ssl/openssl.cnf terminfo timezone"

# Sets "words" to what puts a program into a sandbox: sandbox ID WORKSPACE KIT net|none
sandbox() {
  local name file run=$2/run
  mkdir -p "$run/etc"
  printf '%s\n' "root:x:0:0:root:/root:/usr/sbin/nologin" "agent:x:1000:1000:agent:/home/agent:/bin/bash" \
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin" >"$run/etc/passwd"
  printf '%s\n' "root:x:0:" "agent:x:1000:" "nogroup:x:65534:" >"$run/etc/group"
  { printf '%s\n' "127.0.0.1 localhost" "::1 localhost ip6-localhost" "127.0.1.1 $1" && cat /etc/hosts; } >"$run/etc/hosts" 2>/dev/null
  words=("$bwrap" --unshare-all --unshare-user --new-session "${disable[@]}" --uid 1000 --gid 1000 --hostname "$1")
  [ "$4" = net ] && words+=(--share-net)
  words+=(--ro-bind /usr /usr)
  for name in bin sbin lib lib32 lib64 libx32; do
    if [ -L "/$name" ]; then
      words+=(--symlink "usr/$name" "/$name")
    elif [ -d "/$name" ]; then
      words+=(--ro-bind "/$name" "/$name")
    fi
  done
  words+=(--ro-bind-try /nix/store /nix/store --proc /proc --dev /dev)
  for file in $etc; do
    # A link's target may be a place that the sandbox does not have, as /run for resolv.conf.
    [ -r "/etc/$file" ] && words+=(--ro-bind-try "/etc/$file" "/etc/$file")
  done
  for file in /etc/java*; do
    [ -e "$file" ] && words+=(--ro-bind-try "$file" "$file")
  done
  words+=(--tmpfs /tmp --symlink /tmp /var/tmp --tmpfs /run)
  for file in passwd group hosts; do words+=(--ro-bind "$run/etc/$file" "/etc/$file"); done
  words+=(--bind "$2/home" /home/agent --bind "$2/project" /workspace --ro-bind "$folder/kits/$3" /opt/claude-vm/kit)
}

# Removes a tree, also when folders in it are read-only; no link is followed.
remove() {
  local i
  for ((i = 0; i < 5; i++)); do
    [ -e "$1" ] || [ -L "$1" ] || return 0
    rm -rf --one-file-system -- "$1" 2>/dev/null && continue
    chmod -R u+rwX -- "$1" 2>/dev/null
    sleep 0.1
  done
  [ ! -e "$1" ] || fail "$1 cannot be removed: $(rm -rf --one-file-system -- "$1" 2>&1 | head -n 3)"
}

# Moves what is in the first folder into the second, whole where that can be: a running program keeps its old file.
place() {
  local file name
  for file in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    [ -e "$file" ] || [ -L "$file" ] || continue
    name=${file##*/}
    if [ -d "$file" ] && [ ! -L "$file" ] && [ -d "$2/$name" ] && [ ! -L "$2/$name" ]; then
      place "$file" "$2/$name" || return 1
    else
      [ ! -d "$2/$name" ] || [ -L "$2/$name" ] || rm -rf -- "$2/$name"
      mv -fT -- "$file" "$2/$name" || return 1
    fi
  done
}

# A folder of this call only; those of calls that are gone are removed.
fresh_folder() {
  local old
  mkdir -p "$1" || fail "$1 cannot be made"
  for old in "$1"/.new-*; do
    [ -d "$old" ] && ! kill -0 "${old##*-}" 2>/dev/null && rm -rf -- "$old"
  done
  fresh=$1/.new-$$
  mkdir "$fresh" || fail "$fresh cannot be made"
}

unpack() {
  local said
  said=$(tar --no-same-owner -xpzf - -C "$1" 2>&1 >/dev/null) || {
    printf '%s\n' "$said" | head -n 5 >&2
    # A disk that fills up in the middle of a block.
    case $said in *"Wrote only"*) echo "No space left on the disk, or in the user's quota" >&2 ;; esac
    return 1
  }
}

workspace=${1:+$all/$1}

# The log comes before the first word on stdout, which is the caller's.
[ "$command" = log ] || [ "$command" = launch ] || printf 'claude-vm begin\n'

case $command in
  # What there is, also of those half made or half deleted.
  list)
    for one in "$all"/*; do
      [ -d "$one" ] || continue
      one=${one##*/} one=${one%.making}
      printf '%s\n' "${one%.deleting}"
    done
    ;;
  # status ID SHORT
  status)
    if [ ! -f "$workspace/card" ]; then
      echo absent
    elif running "$workspace"; then
      [ -S "$own/d/$2/home.sock" ] && echo "running door" || echo "running"
    else
      echo stopped
    fi
    ;;
  # begin ID: says "made", or makes room for a new one
  begin)
    lock_folder
    if [ -f "$workspace/card" ]; then
      echo made
    else
      remove "$workspace.making"
      mkdir -p "$workspace.making/project" "$workspace.making/home/.claude-vm" "$workspace.making/run" || fail "$workspace.making cannot be made"
      echo new
    fi
    ;;
  # take ID <project and home
  take) unpack "$workspace.making" || exit 1 ;;
  # finish ID
  finish)
    [ -f "$workspace/card" ] && exit 0
    cat /proc/sys/kernel/random/uuid >"$workspace.making/card" || exit 1
    chmod 700 "$workspace.making/project" "$workspace.making/home"
    sync "$workspace.making/card" 2>/dev/null
    mv -T "$workspace.making" "$workspace" || exit 1
    sync "$all" 2>/dev/null
    exit 0
    ;;
  # errand ID KIT ISOLATION PROGRAM...: in a workspace that is being made, without network
  errand)
    at=$workspace.making kit=$2 isolation=$3
    words=(env -i HOME="$at/home" PATH="/usr/local/bin:/usr/bin:/bin:$folder/kits/$kit/bin" LC_ALL=C.UTF-8)
    if [ "$isolation" != none ] && find_bwrap "$kit"; then
      sandbox "$1" "$at" "$kit" none
      words=(env -i HOME=/home/agent PATH=/usr/local/bin:/usr/bin:/bin:/opt/claude-vm/kit/bin LC_ALL=C.UTF-8
        "${words[@]}" --remount-ro / --chdir /workspace --)
    fi
    shift 3
    umask 022
    cd "$at/project" && exec "${words[@]}" "$@" </dev/null 2>&1
    ;;
  # has kits|bridges|caches NAME
  has) [ -d "$folder/$1/$2" ] && echo yes || echo no ;;
  # put kits|bridges|caches NAME <its files. Older ones that nothing runs with go.
  put)
    fresh_folder "$folder/$1"
    unpack "$fresh" || {
      rm -rf -- "$fresh"
      exit 1
    }
    if [ "$1" = kits ] && ! said=$("$fresh/java/bin/java" -version 2>&1); then
      rm -rf -- "$fresh"
      fail "programs do not run in $folder: $said"
    fi
    mv -T "$fresh" "$folder/$1/$2" 2>/dev/null || rm -rf -- "$fresh"
    [ -d "$folder/$1/$2" ] || fail "$folder/$1/$2 cannot be made"
    lock_folder
    for old in "$folder/$1"/*; do
      name=${old##*/}
      [ "$name" = "$2" ] || grep -qsxF -- "$name" "$folder"/*/w/*/run/parts || rm -rf -- "$old"
    done
    ;;
  # agents-list: what has come
  agents-list) [ ! -f "$own/agents.list" ] || cat "$own/agents.list" ;;
  # agents-take <new files
  agents-take)
    [ -d "$all" ] || fail "there is no workspace any more"
    fresh_folder "$own/.agents"
    unpack "$fresh" || {
      rm -rf -- "$fresh"
      exit 1
    }
    lock_used
    mkdir -p "$own/agents" && place "$fresh" "$own/agents" || exit 1
    rm -rf -- "$fresh"
    ;;
  # agents-gone <names, each ended by a zero: files that are no more
  agents-gone)
    lock_used
    mkdir -p "$own/agents" && cd "$own/agents" || exit 1
    while IFS= read -r -d '' file; do
      rm -rf -- "./$file"
      while [ "$file" != "${file%/*}" ]; do
        file=${file%/*}
        rmdir -- "./$file" 2>/dev/null || break
      done
    done
    ;;
  # agents-are <the new list
  agents-are)
    lock_used
    mkdir -p "$own/agents" && cat >"$own/agents.list.$$" && mv -f "$own/agents.list.$$" "$own/agents.list"
    ;;
  # ready ID KIT BRIDGE CACHE: "absent", or what is to be put
  ready)
    [ -f "$workspace/card" ] || { echo absent && exit 0; }
    lacks="lacks"
    [ -d "$folder/kits/$2" ] || lacks+=" kits"
    [ -d "$folder/bridges/$3" ] || lacks+=" bridges"
    [ "$4" = - ] || [ -d "$folder/caches/$4" ] || lacks+=" caches"
    echo "$lacks"
    ;;
  # sandbox KIT
  sandbox) find_bwrap "$1" && echo works || printf '%s\n' "$why" ;;
  # door SHORT: room for the socket that the SSH server makes next
  door)
    mkdir -p "$own/d/$1" && chmod 700 "$own/d/$1" && rm -f "$own/d/$1/home.sock" && printf '%s\n' "$own/d/$1/home.sock"
    ;;
  # start ID GENERATION ISOLATION KIT BRIDGE CACHE GRACE SHORT INIT <token, the gateway's key: a line each
  start)
    id=$1 generation=$2 isolation=$3 kit=$4 bridge=$5 grace=$7
    IFS= read -r token && IFS= read -r key || fail "the workspace was given no token"
    [ -f "$workspace/card" ] || exit 4
    mkdir -p "$workspace/run" "$own/agents"
    lock_workspace "$workspace"
    wanted=$generation
    if running "$workspace" && [ "$generation" = "$wanted" ]; then
      echo "runs already"
      exit 0
    fi
    stop_all "$workspace" "$grace"
    # Whatever the agent has made of it; nothing of the workspace runs, so nobody changes it meanwhile.
    state=$workspace/home/.claude-vm
    if [ -L "$state" ] || [ ! -d "$state" ]; then rm -rf -- "$state" && mkdir "$state" || exit 1; fi
    rm -rf -- "$state/token"
    printf '%s' "$token" >"$workspace/run/token" && mv -fT "$workspace/run/token" "$state/token" || exit 1
    how=plain
    if [ "$isolation" != none ] && find_bwrap "$kit"; then
      how=sandbox
    elif [ "$isolation" = bubblewrap ]; then
      fail "there is no sandbox: $why"
    elif [ "$(id -u)" = 0 ]; then
      fail "there is no sandbox, and workspaces would be root: ${why:-isolation is switched off}"
    fi
    printf '%s\n' "$kit" "$bridge" "$6" >"$workspace/run/parts"
    read -r mark <"$workspace/card"
    rm -f "$workspace/run/process" "$workspace/run/init.log"
    # What bash starts in the background ignores interrupts, and hands that down for good.
    (trap - INT QUIT && CLAUDE_VM_MARK=$mark exec setsid bash "$0" "${own##*/}" launch "$id" "$wanted" "$how" "$kit" "$bridge" "$6" "$8" "$9" "$key") \
      </dev/null >/dev/null 2>"$workspace/run/launch.err" 8>&- 9>&- &
    # Between a fork and an exec there are moments in which nothing of it can be recognized.
    missed=0
    for ((i = 0; i < 400; i++)); do
      members "$workspace"
      find_init
      if [ -n "$init" ] && running "$workspace"; then
        echo "$how"
        [ "$how" = sandbox ] || [ -z "${why:-}" ] || echo "$why"
        exit 0
      fi
      if [ ${#found[@]} -gt 0 ]; then missed=0; else missed=$((missed + 1)); fi
      [ $missed -lt 20 ] || break
      sleep 0.05
    done
    stop_all "$workspace" 0
    fail "the workspace's first process did not stay alive: $(tail -c 1500 "$workspace/run/init.log" "$workspace/run/launch.err" 2>&1)"
    ;;
  # launch ID GENERATION sandbox|plain KIT BRIDGE CACHE SHORT INIT KEY: becomes the workspace's first process
  launch)
    id=$1 generation=$2 how=$3 kit=$4 bridge=$5 cache=$6 short=$7 script=$folder/$8 key=$9
    run=$workspace/run
    read -r mark <"$workspace/card"
    exec > >(cd / && exec env -i PATH="$PATH" bash "$0" "${own##*/}" log "$run/init.log") 2>&1
    read -r boot </proc/sys/kernel/random/boot_id
    look_at $$
    printf '%s\n' "$generation $boot $$ $began" >"$run/process.new" && mv -f "$run/process.new" "$run/process" || exit 1
    ulimit -c 0
    for limit in "u 4096" "n 65536"; do
      set -- $limit
      hard=$(ulimit -H "-$1")
      if [ "$hard" = unlimited ] || [ "$hard" -gt "$2" ]; then ulimit "-$1" "$2"; fi
    done
    case $how in
      sandbox)
        home=/home/agent project=/workspace parts=/opt/claude-vm door=/run/claude-vm/home kits=/opt/claude-vm/kit
        bridges=/opt/claude-vm/bridge agents=/opt/claude-vm/agents caches=/opt/claude-vm/cache/bridge.aot
        find_bwrap "$kit" || exit 1
        sandbox "$id" "$workspace" "$kit" net
        words+=(--ro-bind "$folder/bridges/$bridge" /opt/claude-vm/bridge --ro-bind "$own/agents" /opt/claude-vm/agents)
        words+=(--ro-bind "$script" /opt/claude-vm/init.sh --ro-bind "$own/d/$short" /run/claude-vm/home)
        [ -d "$folder/caches/$cache" ] && words+=(--ro-bind "$folder/caches/$cache" /opt/claude-vm/cache)
        words+=(--remount-ro / --chdir /workspace --)
        script=/opt/claude-vm/init.sh
        ;;
      plain)
        home=$workspace/home project=$workspace/project door=$own/d/$short kits=$folder/kits/$kit
        bridges=$folder/bridges/$bridge agents=$own/agents caches=$folder/caches/$cache/bridge.aot
        words=()
        command -v setpriv >/dev/null 2>&1 && words=(setpriv --no-new-privs --)
        cd "$project" || exit 1
        ;;
    esac
    umask 022
    exec env -i PATH="$home/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$kits/bin" HOME="$home" USER=agent \
      LOGNAME=agent SHELL=/bin/bash LANG=C.UTF-8 TERM=xterm-256color CLAUDE_VM_MARK="$mark" CLAUDE_VM_WORKSPACE="$id" \
      CLAUDE_VM_GENERATION="$generation" CLAUDE_VM_GATEWAY="$door/home.sock" CLAUDE_VM_GATEWAY_KEY="$key" \
      CLAUDE_VM_PROJECT="$project" CLAUDE_VM_BRIDGE_HOME="$home/.claude-vm" CLAUDE_VM_AGENTS="$agents" \
      "${words[@]}" bash "$script" "$kits/java" "$bridges" "$caches"
    ;;
  # log FILE: its input; what is older than the last mebibyte or two is dropped, whatever the workspace prints
  log)
    while stdbuf -o0 head -c 1048576 >"$1" && bytes=$(stat -c %s -- "$1"); do
      [ "$bytes" -ge 1048576 ] || exit 0
      mv -f -- "$1" "$1.1" || break
    done
    # The folder is gone, or its disk full: whoever prints goes on all the same.
    exec cat >/dev/null
    ;;
  # stop ID GRACE
  stop)
    [ -f "$workspace/card" ] || exit 0
    lock_workspace "$workspace"
    stop_all "$workspace" "$2"
    ;;
  # delete ID SHORT: with the last workspace goes everything of ours
  delete)
    if [ -f "$workspace/card" ]; then
      lock_workspace "$workspace"
      stop_all "$workspace" 0
      # From here on it is gone for everybody, however long the files take.
      remove "$workspace.deleting"
      mv -T "$workspace" "$workspace.deleting" || exit 1
    fi
    remove "$workspace.making"
    remove "$workspace.deleting"
    remove "$own/d/$2"
    lock_folder
    rmdir "$all" "$own/d" 2>/dev/null
    [ -d "$all" ] || remove "$own"
    for other in "$folder"/*/w; do
      [ -d "$other" ] && exit 0
    done
    for part in kits bridges caches; do remove "$folder/$part"; done
    rm -f "$folder"/machine-*.sh "$folder"/init-*.sh "$folder/lock"
    rmdir "$folder" 2>/dev/null
    exit 0
    ;;
  *) fail "unknown command $command" ;;
esac
