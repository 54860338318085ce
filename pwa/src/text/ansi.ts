// CSI, OSC (ended by BEL or ST), other two-character escapes, and C1 equivalents.
const ESCAPES = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[PX^_][\s\S]*?(?:\x1b\\|$)|\x1b[ -/]*[0-~]|\x9b[0-?]*[ -/]*[@-~]/g;
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

/** What a terminal would leave on the screen, as plain text: escapes removed, a line that was overwritten by `\r` in its last form. */
export function plainText(output: string): string {
  const clean = output.replace(ESCAPES, '').replace(/\r+\n/g, '\n');
  const lines = clean.includes('\r')
    ? clean.split('\n').map((line) => line.slice(line.lastIndexOf('\r', line.length - 2) + 1)).join('\n')
    : clean;
  return lines.replace(CONTROLS, '');
}

/** At most `chars` of it, cut in the middle. */
export function bounded(text: string, chars: number): { text: string; cut: boolean } {
  if (text.length <= chars) return { text, cut: false };
  const head = Math.floor(chars * 0.6);
  const tail = chars - head;
  return { text: `${text.slice(0, head)}\n… ${text.length - chars} characters left out …\n${text.slice(-tail)}`, cut: true };
}
