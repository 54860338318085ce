# The first process of a workspace's container; run by the kit's bash. Takes what this start of the workspace is given and becomes init.sh.
set -u
. /run/claude-vm/start/environment
mkdir -p "$CLAUDE_VM_BRIDGE_HOME" && chmod 700 "$CLAUDE_VM_BRIDGE_HOME"
# The one-time token is for the bridge, which removes it; a link in its place is not followed.
rm -rf "$CLAUDE_VM_BRIDGE_HOME/token"
(umask 077 && cat /run/claude-vm/start/token >"$CLAUDE_VM_BRIDGE_HOME/token")
exec /bin/bash /run/claude-vm/start/init.sh /opt/claude-vm/kit/java /opt/claude-vm/bridge "/opt/claude-vm/caches/$CLAUDE_VM_CACHE"
