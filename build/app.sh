# shellcheck shell=bash
# Sourced by ./claude-vm: makes the runnable product in target/app-<n> out of the sources, and runs it. target/app is a
# link to the newest one, so that a running server keeps its files while the next one is built.
#
#   target/app/claude-vm.jar, lib/    the executable jar, unpacked: starts faster, and the CLI takes only what it needs
#   target/app/cli.jar, picocli.jar   what the CLI takes of ours, and picocli in a format that the cache keeps
#   target/app/server.opts            flags of the server's JVM
#   target/app/version                of which version and commit it is
#   target/app/cli.aot, web.aot       classes as they were after a training run (JDK's AOT cache)
#   target/app/bridge-<kit>.aot       the same for the bridges that this server starts

APP=$ROOT/target/app
CLI_FLAGS=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx128m --enable-native-access=ALL-UNNAMED)

# Prints one source that is newer than $1. Tests, outputs and what the front-end build generates do not count; a
# folder of sources counts, so that a deleted file is seen.
newer_source() {
  find "$ROOT/pom.xml" "$ROOT/build" "$ROOT/src/main" "$ROOT/workspace-bridge" "$ROOT/providers" "$ROOT/pwa" \
    \( -name target -o -name node_modules -o -name generated -o -name bundles -o -name phone-tests -o -name bridge-tests -o -path '*/src/test' \
       -o -path "$ROOT/build/*.sh" \) -prune \
    -o \( -type f -o -path '*/java/*' \) -newer "$1" -print 2>/dev/null | head -n 1
}

# Prints the executable jar, if there is one.
app_jar() {
  local jar
  for jar in "$ROOT"/target/claude-vm-*-exec.jar; do if [ -f "$jar" ]; then printf '%s' "$jar"; fi; done
}

# Makes target/app right. Quick when it is: one find.
app_ready() {
  local jar
  if [ -f "$APP/made-from" ] && [ -z "${CLAUDE_VM_REBUILD:-}" ] && [ -z "$(newer_source "$APP/made-from")" ]; then
    jar=$(app_jar)
    # A jar that somebody built since then (./verify, an IDE) is taken up too.
    [ -z "$jar" ] || [ "$jar" -nt "$APP/made-from" ] || return 0
  fi
  app_lock 'Waiting for another build of claude-vm …'
  # Somebody else may have done it while we waited.
  jar=$(app_jar)
  if [ -n "${CLAUDE_VM_REBUILD:-}" ] || [ -z "$jar" ] || [ -n "$(newer_source "$jar")" ]; then app_build; jar=$(app_jar); fi
  if [ ! -f "$APP/made-from" ] || [ "$jar" -nt "$APP/made-from" ]; then app_unpack "$jar"; fi
  exec 8>&-
}

# app_lock WORDS: waits, with these words, until nobody else makes target/app right; "exec 8>&-" ends it.
app_lock() {
  mkdir -p "$ROOT/target"
  command -v flock >/dev/null || return 0
  exec 8>"$ROOT/target/app.lock"
  flock -n 8 || { say "$1"; flock 8; }
}

app_build() {
  local start=$SECONDS log=$ROOT/target/build.log try
  need_packages maven:mvn git:git
  need_node
  say "Building claude-vm (the first time takes a few minutes; log: target/build.log) …"
  : >"$ROOT/target/build.started"
  for try in 1 2 3; do
    # The reactor is named in .mvn/maven.config, which Maven looks for from the current folder.
    if (cd "$ROOT" && mvn -B -q "${MAVEN_NET[@]}" package -DskipTests -pl ..,../workspace-bridge/bridge -am) >"$log" 2>&1 8>&-; then
      # The jar is as new as the sources were when the build began: what was changed meanwhile is built next time.
      touch -r "$ROOT/target/build.started" "$(app_jar)"
      say "Built in $(took "$start")."
      return
    fi
    if [ "$try" = 3 ] || ! is_download_failure "$log"; then break; fi
    say 'A download failed, trying again …'
  done
  grep -E '^\[(ERROR|WARNING)\]|error:' "$log" | head -n 30 >&2 || tail -n 30 "$log" >&2
  die "The build failed after $(took "$start")." "The whole log: $log"
}

app_unpack() {
  local jar=$1 new old
  new=$ROOT/target/app-$(date +%s)-$$
  rm -rf "$new"
  "$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 -Djarmode=tools -jar "$jar" extract --destination "$new" >"$ROOT/target/unpack.log" 2>&1 ||
    { tail -n 5 "$ROOT/target/unpack.log" >&2; die "Could not unpack $jar." "Remove the folder $ROOT/target and try again."; }
  mv "$new/${jar##*/}" "$new/claude-vm.jar"
  cp "$ROOT/build/server.opts" "$new/"
  version_of "$jar" >"$new/version"
  if training; then "$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 "$ROOT/build/Unsign.java" "$new/lib"; fi
  train_cli "$new"
  touch -r "$jar" "$new/made-from"
  ln -sfn "${new##*/}" "$APP.next"
  rename_link "$APP.next" "$APP"
  # Folders of earlier builds that no process has as its own any more.
  for old in "$ROOT"/target/app-*; do
    [ "$old" = "$new" ] || [ ! -d "$old" ] || app_in_use "$old" || rm -rf "$old"
  done
}

# Prints "VERSION COMMIT": which sources the jar $1 was made of. "+" says that they were changed since the commit.
version_of() {
  local version=${1##*/claude-vm-} commit
  version=${version%-exec.jar}
  if commit=$(git -C "$ROOT" rev-parse --short=10 HEAD 2>/dev/null); then
    [ -z "$(git -C "$ROOT" status --porcelain --untracked-files=no 2>/dev/null)" ] || commit+=+
    version+=" $commit"
  fi
  printf '%s\n' "$version"
}

# Replaces a link in one step, so that nobody ever finds none.
rename_link() { mv -T "$1" "$2" 2>/dev/null || mv -fh "$1" "$2"; }

# A server writes its pid into the folder that it runs from.
app_in_use() {
  local file
  for file in "$1"/run/*; do
    if [ -f "$file" ] && kill -0 "${file##*/}" 2>/dev/null; then return 0; fi
  done
  return 1
}

# --- running -------------------------------------------------------------------------------------------------------

# Only what the CLI uses: neither Spring nor Vaadin is even looked at. claude-vm.jar itself would not do, its manifest
# names every library.
cli_class_path() {
  local jar path=$1/cli.jar:$1/picocli.jar
  for jar in "$1"/lib/{claude-vm-protocol,jackson-core,jackson-databind,jackson-annotations,jline,core}-[0-9]*.jar; do
    if [ -f "$jar" ]; then path=$path:$jar; fi
  done
  printf '%s' "$path"
}

# The AOT cache $1 when it is there; the JVM goes on without when it does not fit any more.
aot_flags() { if [ -f "$1" ]; then AOT=(-XX:AOTCache="$1" -Xlog:aot=off -Xlog:cds=off); else AOT=(); fi; }

# The first word of the command line that is no option.
command_of() {
  while [ $# -gt 0 ]; do
    case $1 in
      --provider | --config | --server) shift ;;
      -*) ;;
      *) printf '%s' "$1"; return ;;
    esac
    shift || return 0
  done
}

app_run() {
  local here fd
  # The CLI asks and redraws only where somebody sits.
  CLAUDE_VM_TTY=
  for fd in 0 1 2; do if [ -t "$fd" ]; then CLAUDE_VM_TTY+=$fd; fi; done
  export CLAUDE_VM_TTY
  here=$(cd "$APP" && pwd -P)
  VERSION=
  if [ -r "$here/version" ]; then IFS= read -r VERSION <"$here/version" || :; fi
  case $(command_of "$@") in
    web) app_run_web "$here" "$@" ;;
  esac
  aot_flags "$here/cli.aot"
  exec "$JAVA_HOME/bin/java" "${CLI_FLAGS[@]}" ${AOT[@]+"${AOT[@]}"} -Dclaudevm.version="$VERSION" -cp "$(cli_class_path "$here")" \
    dev.claudevm.cli.Main "$@"
}

app_run_web() {
  local here=$1 own; shift
  read -r -a own <<<"${CLAUDE_VM_JAVA_OPTIONS:-}"
  if command -v apt-get >/dev/null; then
    need_packages git:git tmux:tmux bubblewrap:bwrap openssh-client:ssh procps:ps restic:restic
  else
    need_packages git:git tmux:tmux
  fi
  need_node # an agent's program may have to be installed from npm
  if [ ! -f "$here/web.aot" ]; then
    app_lock 'Waiting for another start of claude-vm, which prepares quick ones …'
    [ -f "$here/web.aot" ] || train_web "$here"
    exec 8>&-
  fi
  mkdir -p "$here/run"
  : >"$here/run/$$"
  aot_flags "$here/web.aot"
  exec "$JAVA_HOME/bin/java" @"$here/server.opts" ${AOT[@]+"${AOT[@]}"} ${own[@]+"${own[@]}"} -Dclaudevm.app="$here" -Dclaudevm.version="$VERSION" \
    -cp "$here/claude-vm.jar" dev.claudevm.cli.Main "$@"
}

# --- training runs: JDK 25 remembers what was loaded and linked ------------------------------------------------------

# CLAUDE_VM_AOT=off leaves them out, for who changes and starts the product all the time.
training() { [ "${CLAUDE_VM_AOT:-on}" != off ]; }

train_cli() {
  local here=$1 cli_jar=$1/cli.jar tmp
  tmp=$(mktemp -d)
  (cd "$tmp" && "$JAVA_HOME/bin/jar" -xf "$here/claude-vm.jar" dev/claudevm/cli dev/claudevm/server/QrCode.class && "$JAVA_HOME/bin/jar" -cMf "$cli_jar" dev)
  rm -rf "$tmp"
  "$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 "$ROOT/build/Modernise.java" "$here"/lib/picocli-*.jar "$here/picocli.jar"
  training || return 0
  "$JAVA_HOME/bin/java" "${CLI_FLAGS[@]}" -XX:AOTCacheOutput="$here/cli.aot" -cp "$(cli_class_path "$here")" \
    dev.claudevm.cli.Training >"$ROOT/target/train-cli.log" 2>&1 ||
    { rm -f "$here/cli.aot"; say 'The CLI has no AOT cache and will start more slowly (log: target/train-cli.log).'; }
}

train_web() {
  local here=$1 home pid url log=$ROOT/target/train-web.log
  training || return 0
  say 'Preparing quick starts (once after a build) …'
  home=$(mktemp -d)
  # Without C2: what it compiled in the training it would compile at each start, beside everything else.
  env -u ANTHROPIC_API_KEY -u CLAUDE_VM_URL -u CLAUDE_VM_TOKEN CLAUDE_VM_HOME="$home" \
    "$JAVA_HOME/bin/java" @"$here/server.opts" -XX:TieredStopAtLevel=2 -XX:AOTCacheOutput="$here/web.aot.part" -Dclaudevm.app="$here" \
    -cp "$here/claude-vm.jar" dev.claudevm.cli.Main web --port 0 --no-open >"$log" 2>&1 </dev/null 8>&- &
  pid=$!
  if url=$(wait_for_line "$pid" "$log" 'Open http' 60); then
    url=$(printf '%s' "$url" | grep -oE 'https?://[^ ]+' | head -n 1)
    if command -v curl >/dev/null; then
      curl -ksSL -m 20 -c "$home/cookies" -b "$home/cookies" "$url" -o /dev/null -H 'Accept: text/html' || :
      curl -ksS -m 20 -b "$home/cookies" "${url%%/login*}/api/v1/workspaces" -o /dev/null || :
      curl -ksS -m 3 -b "$home/cookies" "${url%%/login*}/api/v1/live" -o /dev/null || :
    fi >>"$log" 2>&1
    keep_bridge_cache "$pid" "$home" "$here"
  fi
  kill "$pid" 2>/dev/null || :
  wait "$pid" 2>/dev/null || :
  if [ -s "$here/web.aot.part" ]; then mv "$here/web.aot.part" "$here/web.aot"
  else say 'The server has no AOT cache and will start more slowly (log: target/train-web.log).'; fi
  rm -rf "$home"
}

# keep_bridge_cache PID HOME APP: the server with that home makes the bridge's cache beside its other work.
keep_bridge_cache() {
  local cache kit end=$((SECONDS + 60))
  while [ "$SECONDS" -lt "$end" ] && kill -0 "$1" 2>/dev/null; do
    for cache in "$2"/kits/*/bridge.aot; do
      if [ -f "$cache" ]; then
        kit=${cache%/*}
        cp "$cache" "$3/bridge-${kit##*/}.aot"
        return
      fi
    done
    sleep 0.2
  done
  say 'Bridges have no AOT cache and will start more slowly at first.'
}

# wait_for_line PID FILE PATTERN SECONDS: prints the first line that matches; fails when the process ends before.
wait_for_line() {
  local line end=$((SECONDS + $4))
  while [ "$SECONDS" -lt "$end" ]; do
    if line=$(grep -m 1 -- "$3" "$2"); then printf '%s' "$line"; return 0; fi
    kill -0 "$1" 2>/dev/null || return 1
    sleep 0.2
  done
  return 1
}
