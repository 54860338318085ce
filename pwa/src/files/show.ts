/** Bytes and tables as text. Pure. */

export function hexLines(data: Uint8Array, at: number): string {
  const lines: string[] = [];
  for (let i = 0; i < data.length; i += 8) {
    const part = [...data.subarray(i, i + 8)];
    const hex = part.map((b) => b.toString(16).padStart(2, '0')).join(' ').padEnd(23);
    lines.push(`${(at + i).toString(16).padStart(8, '0')}  ${hex}  ${part.map((b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : '.')).join('')}`);
  }
  return lines.join('\n');
}

const ROWS = 1000;

/** A CSV with commas, semicolons or tabs, whichever its first line has most of; quotes may hold any of them and line ends. */
export function table(text: string): { rows: string[][]; more: boolean } {
  const first = text.slice(0, Math.max(0, text.indexOf('\n')) || undefined);
  const mark = [',', ';', '\t'].reduce((a, b) => (first.split(b).length > first.split(a).length ? b : a));
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  let i = text.startsWith('\ufeff') ? 1 : 0;
  for (; i < text.length && rows.length < ROWS; i++) {
    const c = text[i]!;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === mark) {
      row.push(cell);
      cell = '';
    } else if (c === '\n') {
      rows.push([...row, cell.replace(/\r$/, '')]);
      row = [];
      cell = '';
    } else cell += c;
  }
  if (rows.length < ROWS && (cell !== '' || row.length > 0)) rows.push([...row, cell]);
  return { rows, more: i < text.length };
}
