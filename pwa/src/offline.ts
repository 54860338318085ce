/** The offline shell's script. */
import './elements/conversation.ts';
import './elements/offline.ts';
import './elements/status.ts';
