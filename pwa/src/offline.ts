/** The offline shell's script. */
import './appearance.ts';
import './elements/conversation.ts';
import './elements/offline.ts';
import './elements/status.ts';
import { watchKeyboard } from './keyboard.ts';

watchKeyboard();
