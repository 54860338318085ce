# shellcheck shell=bash
# Sourced by ./claude-vm, ./verify and the scripts beside this file: finds or installs what they need.
# Whoever sources it sets ROOT, the repository's folder.

: "${ROOT:?}"
TOOLS=$ROOT/.tools
JAVA_MIN=25
NODE_MIN=24

say() { printf '%s\n' "$*" >&2; }
die() { printf 'claude-vm: %s\n' "$1" >&2; shift; [ $# -eq 0 ] || printf '  %s\n' "$@" >&2; exit 1; }

# Seconds since $1, a value of SECONDS.
took() { printf '%d s' $((SECONDS - $1)); }

# --- Java ----------------------------------------------------------------------------------------------------------

# Is $1 a JDK of at least JAVA_MIN? Reads its "release" file: starting it would cost more than the whole CLI.
is_jdk() {
  local line version=
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while IFS= read -r line; do
    case $line in JAVA_VERSION=*) version=${line#JAVA_VERSION=} version=${version//\"/} ;; esac
  done <"$1/release"
  version=${version%%[!0-9]*}
  [ -n "$version" ] && [ "$version" -ge "$JAVA_MIN" ]
}

# Sets and exports JAVA_HOME.
need_java() {
  local dir javac
  if [ -n "${JAVA_HOME:-}" ] && is_jdk "$JAVA_HOME"; then export JAVA_HOME; return; fi
  for dir in /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/* /opt/java/* /opt/jdk* "$HOME"/.jdks/* \
             /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if is_jdk "$dir"; then export JAVA_HOME=$dir; return; fi
  done
  if javac=$(command -v javac) && javac=$(readlink -f "$javac") && is_jdk "${javac%/bin/javac}"; then
    export JAVA_HOME=${javac%/bin/javac}; return
  fi
  if [ -x /usr/libexec/java_home ] && dir=$(/usr/libexec/java_home -v "$JAVA_MIN+" 2>/dev/null) && is_jdk "$dir"; then
    export JAVA_HOME=$dir; return
  fi
  if command -v apt-cache >/dev/null && apt-cache show "openjdk-$JAVA_MIN-jdk-headless" >/dev/null 2>&1; then
    need_packages "openjdk-$JAVA_MIN-jdk-headless"
    for dir in /usr/lib/jvm/*; do if is_jdk "$dir"; then export JAVA_HOME=$dir; return; fi; done
  fi
  die "There is no JDK $JAVA_MIN or newer here." \
    "Install one (for example Temurin $JAVA_MIN from https://adoptium.net) and set JAVA_HOME to its folder."
}

# --- Debian packages -----------------------------------------------------------------------------------------------

as_root_apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >&2; }

# need_packages ITEM...: each is a package, or package:program when the package is only needed for that program.
# Missing ones are installed when we are root; otherwise the one line to run is printed.
need_packages() {
  local item missing=() programs=()
  for item in "$@"; do
    case $item in
      *:*) command -v "${item#*:}" >/dev/null || { missing+=("${item%%:*}"); programs+=("${item#*:}"); } ;;
      *) if command -v dpkg-query >/dev/null; then
           [ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$item" 2>/dev/null)" = 'ii ' ] || missing+=("$item")
         fi ;;
    esac
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "These programs are missing: ${programs[*]}" "Install them with this system's package manager."
  [ "$(id -u)" = 0 ] || die "Some Debian packages are missing. Run this, then try again:" \
    "sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
  say "Installing ${missing[*]} …"
  as_root_apt install -y --no-install-recommends "${missing[@]}" 2>/dev/null ||
    { as_root_apt update && as_root_apt install -y --no-install-recommends "${missing[@]}"; } ||
    die "Could not install: ${missing[*]}" "Run apt-get install ${missing[*]} by hand to see why."
}

# --- Node ----------------------------------------------------------------------------------------------------------

# Is $1 the bin folder of a Node that builds the front end? Vaadin looks for npm at ../lib/node_modules/npm.
is_node() {
  local version
  [ -x "$1/node" ] && [ -f "$1/../lib/node_modules/npm/bin/npm-cli.js" ] || return 1
  version=$("$1/node" --version 2>/dev/null) || return 1
  version=${version#v}
  [ "${version%%.*}" -ge "$NODE_MIN" ]
}

# Puts a Node first on the PATH, installed from npm into .tools/node if need be.
need_node() {
  local node
  if is_node "$TOOLS/node/bin"; then PATH=$TOOLS/node/bin:$PATH; export PATH; return; fi
  if node=$(command -v node) && is_node "${node%/node}"; then return; fi
  need_packages npm:npm
  say "Installing Node $NODE_MIN into .tools/node …"
  mkdir -p "$TOOLS"
  download npm install --silent --no-fund --no-audit -g --prefix "$TOOLS/node" "node@$NODE_MIN" npm@11 >&2 ||
    die "npm could not install Node $NODE_MIN." "Look at the lines above, or put Node $NODE_MIN and its npm on the PATH yourself."
  is_node "$TOOLS/node/bin" || die "The Node in .tools/node does not run." "Remove .tools/node and try again."
  PATH=$TOOLS/node/bin:$PATH
  export PATH
}

# --- downloads and Maven -------------------------------------------------------------------------------------------

# Runs a command that only downloads, up to three times: networks hiccup.
download() {
  local try
  for try in 1 2 3; do
    "$@" && return 0
    [ "$try" = 3 ] || { say "Download failed, trying again …"; sleep $((try * 3)); }
  done
  return 1
}

# What Maven is called with everywhere: it repeats a broken download by itself.
# shellcheck disable=SC2034
MAVEN_NET=(-Dmaven.wagon.http.retryHandler.count=3 -Daether.connector.http.retryHandler.count=3)

# Does the log $1 say that Maven stopped because something could not be fetched, and not because of the code?
is_download_failure() {
  grep -qE 'Could not (transfer|resolve|find|collect) |Non-resolvable|could not be resolved|Failed to (collect|read artifact)' "$1" &&
    ! grep -qE 'There (are|were) test (failures|errors)|COMPILATION ERROR|<<< (FAILURE|ERROR)!' "$1"
}
