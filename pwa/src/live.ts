/** What every page loads: the frame, the inbox, the outbox, and the service worker. The conversation comes when it is wanted. */
import './elements/badge.ts';
import './elements/inbox.ts';
import './elements/status.ts';
import './elements/tree.ts';
import { watchKeyboard } from './keyboard.ts';
import { startShell } from './shell.ts';
import { registerWorker } from './worker.ts';

startShell();
registerWorker();
watchKeyboard();
