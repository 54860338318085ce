/** Whether a workspace runs or is on its way up. */
export const isUp = (ws: { state: string }): boolean => ['running', 'creating', 'starting'].includes(ws.state);

/** Whether it can be started now: one that stops makes its last snapshot first, and is not to be disturbed. */
export const canStart = (ws: { state: string }): boolean => !isUp(ws) && ws.state !== 'stopping';

/** What the button that starts it says. */
export const startWords = (ws: { state: string }): string => (ws.state === 'deleted' ? 'Bring back workspace' : 'Start workspace');
