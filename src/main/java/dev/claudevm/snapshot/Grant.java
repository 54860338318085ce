package dev.claudevm.snapshot;

/**
 * What somebody may do in the repository of one workspace, for as long as the grant is open.
 *
 * @param workspaceId whose repository it is
 * @param visitor the workspace that may: the same, or a copy of it that is being made
 * @param secret in every request; made for this grant only
 * @param seen by whoever works under it
 */
record Grant(String workspaceId, String visitor, Rights rights, String secret, Seen seen) {

    enum Rights {
        /** Look, and put locks; so that a snapshot can be restored. */
        READ,
        /** Also add what is not there. Nothing but locks can be deleted, nothing overwritten. */
        APPEND,
        /** Everything: prune needs it. Never in a workspace's hands. */
        KEEP
    }

    @Override
    public String toString() {
        return "Grant[" + workspaceId + " for " + visitor + ", " + rights + "]";
    }
}
