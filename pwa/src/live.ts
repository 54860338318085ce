/** What the Flow views and the offline shell load: all live elements, and the service worker. */
import './appearance.ts';
import './elements/badge.ts';
import './elements/conversation.ts';
import './elements/inbox.ts';
import './elements/offline.ts';
import './elements/status.ts';
import './elements/tree.ts';
import { watchKeyboard } from './keyboard.ts';
import { registerWorker } from './worker.ts';

registerWorker();
watchKeyboard();
