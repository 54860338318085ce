/** What the extra keys of a phone send, and what a sticky Ctrl or Alt makes of the key that follows. */
export interface ExtraKey {
  name: string;
  face: string;
  /** sent as it is; arrows, Home and End have another form when the program asked for application keys */
  sends: string;
  application?: string;
}

export const EXTRA_KEYS: ExtraKey[] = [
  { name: 'Esc', face: 'Esc', sends: '\x1b' },
  { name: 'Tab', face: 'Tab', sends: '\t' },
  { name: 'Left', face: '←', sends: '\x1b[D', application: '\x1bOD' },
  { name: 'Up', face: '↑', sends: '\x1b[A', application: '\x1bOA' },
  { name: 'Down', face: '↓', sends: '\x1b[B', application: '\x1bOB' },
  { name: 'Right', face: '→', sends: '\x1b[C', application: '\x1bOC' },
  { name: 'Home', face: 'Home', sends: '\x1b[H', application: '\x1bOH' },
  { name: 'End', face: 'End', sends: '\x1b[F', application: '\x1bOF' },
  { name: 'PgUp', face: 'PgUp', sends: '\x1b[5~' },
  { name: 'PgDn', face: 'PgDn', sends: '\x1b[6~' },
];

export interface Held {
  ctrl: boolean;
  alt: boolean;
}

/** @returns what the terminal gets for `text` while modifiers are held; only single keys are changed, never what was pasted */
export function modified(text: string, held: Held): string {
  if (!held.ctrl && !held.alt) return text;
  let result = text;
  const arrow = /^\x1b(?:\[|O)([ABCDHF])$/.exec(text);
  const tilde = /^\x1b\[([56])~$/.exec(text);
  if (arrow || tilde) {
    const modifier = 1 + (held.alt ? 2 : 0) + (held.ctrl ? 4 : 0);
    return arrow ? `\x1b[1;${modifier}${arrow[1]}` : `\x1b[${tilde![1]};${modifier}~`;
  }
  if ([...text].length !== 1) return text;
  if (held.ctrl) result = control(text);
  return held.alt ? `\x1b${result}` : result;
}

function control(key: string): string {
  const code = key.toUpperCase().charCodeAt(0);
  if (code >= 0x40 && code <= 0x5f) return String.fromCharCode(code & 0x1f);
  return ({ ' ': '\0', '2': '\0', '3': '\x1b', '4': '\x1c', '5': '\x1d', '6': '\x1e', '7': '\x1f', '/': '\x1f', '8': '\x7f', '?': '\x7f' } as Record<string, string>)[key] ?? key;
}
