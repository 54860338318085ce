/** Small things that outlive a reload, by workspace: a message that was begun, which push was read. */
type What = 'message' | 'job';

const slot = (what: What, workspaceId: string): string => `cv-git-${what}-${workspaceId}`;

export function recall(what: What, workspaceId: string): string {
  try {
    return localStorage.getItem(slot(what, workspaceId)) ?? '';
  } catch {
    return '';
  }
}

export function remember(what: What, workspaceId: string, value: string): void {
  try {
    if (value) localStorage.setItem(slot(what, workspaceId), value);
    else localStorage.removeItem(slot(what, workspaceId));
  } catch {
    // Then it lives as long as the page.
  }
}
