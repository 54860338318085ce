/** What the Flow views load: all live elements, and the service worker. */
import './elements/badge.ts';
import './elements/conversation.ts';
import './elements/inbox.ts';
import './elements/status.ts';
import './elements/tree.ts';
import { registerWorker } from './worker.ts';

registerWorker();
