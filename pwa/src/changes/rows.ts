/** A unified diff as rows of known kinds, so that a list can show only those that are in sight. Pure. */

export interface Line {
  kind: 'same' | 'add' | 'del';
  /** number in the old and in the new file, from 1; null where there is none */
  old: number | null;
  now: number | null;
  text: string;
  /** the line of the other side that it most likely was or became */
  mate?: string;
}
/** Unchanged lines that are not shown. `lines` is null when nobody knows how many: at the file's end. */
export interface Gap {
  kind: 'gap';
  /** stays the same when the lines are there: the first hidden line's number in the new file */
  key: number;
  lines: number | null;
}
export type Row = Line | Gap;
/** Side by side: what stands left and right of each other; a gap goes over both. */
export type Pair = { left: Line | null; right: Line | null } | Gap;

const HEAD = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
export const CONTEXT = 3;

/**
 * @param unified begins at the first `@@`; a line that git adds without a number (`\ No newline…`) is left out
 * @param total how many lines the new file has; null: nobody knows
 */
export function parse(unified: string, total: number | null = null): Row[] {
  const rows: Row[] = [];
  let old = 1;
  let now = 1;
  let change: Line[] = [];
  const close = () => {
    mate(change);
    change = [];
  };
  const all = unified.split('\n');
  if (all.at(-1) === '') all.pop();
  let trailing = 0;
  for (const text of all) {
    const head = HEAD.exec(text);
    if (head) {
      close();
      // A side of no lines is said as the line before it.
      const from = Number(head[3]) + (head[4] === '0' ? 1 : 0);
      if (from > now) rows.push({ kind: 'gap', key: now, lines: from - now });
      old = Number(head[1]) + (head[2] === '0' ? 1 : 0);
      now = from;
      continue;
    }
    const sign = text[0];
    if (sign === '\\') continue;
    if (sign === '+' || sign === '-') {
      const line: Line = sign === '+' ? { kind: 'add', old: null, now: now++, text: text.slice(1) } : { kind: 'del', old: old++, now: null, text: text.slice(1) };
      rows.push(line);
      change.push(line);
      trailing = 0;
    } else {
      close();
      rows.push({ kind: 'same', old: old++, now: now++, text: text.slice(1) });
      trailing++;
    }
  }
  close();
  const rest = total === null ? null : total - now + 1;
  if (rows.length > 0 && trailing === CONTEXT && (rest === null || rest > 0)) rows.push({ kind: 'gap', key: now, lines: rest });
  return rows;
}

/** One change: lines of the new file that stand where lines of the old one stood. As the API has it. */
export interface Hunk {
  oldLine: number;
  oldLines: number;
  newLine: number;
  newLines: number;
}

/** @returns the change that `line` is a part of; null when nothing changed there */
export function hunkOf(rows: readonly Row[], line: Line): Hunk | null {
  const changed = (row: Row | undefined): row is Line => row !== undefined && (row.kind === 'add' || row.kind === 'del');
  let from = rows.indexOf(line);
  if (!changed(rows[from])) return null;
  let to = from;
  while (changed(rows[from - 1])) from--;
  while (changed(rows[to + 1])) to++;
  const lines = rows.slice(from, to + 1) as Line[];
  const gone = lines.filter((l) => l.kind === 'del');
  const come = lines.filter((l) => l.kind === 'add');
  // Of a side without lines it is the line that follows; unchanged lines before say which that is.
  const before = rows[from - 1];
  const same = before !== undefined && before.kind === 'same' ? before : null;
  return { oldLine: gone[0]?.old ?? (same ? same.old! + 1 : 1), oldLines: gone.length, newLine: come[0]?.now ?? (same ? same.now! + 1 : 1), newLines: come.length };
}

function mate(change: Line[]): void {
  const gone = change.filter((l) => l.kind === 'del');
  const come = change.filter((l) => l.kind === 'add');
  for (let i = 0; i < Math.min(gone.length, come.length); i++) {
    gone[i]!.mate = come[i]!.text;
    come[i]!.mate = gone[i]!.text;
  }
}

/** Hides unchanged lines that are far from any change, but for the gaps that were opened. For a diff that has the whole file. */
export function fold(rows: readonly Row[], opened: ReadonlySet<number>): Row[] {
  const near = new Array<boolean>(rows.length).fill(false);
  rows.forEach((row, i) => {
    if (row.kind !== 'add' && row.kind !== 'del') return;
    for (let j = Math.max(0, i - CONTEXT); j <= Math.min(rows.length - 1, i + CONTEXT); j++) near[j] = true;
  });
  const out: Row[] = [];
  for (let i = 0; i < rows.length; ) {
    const row = rows[i]!;
    if (near[i] || row.kind !== 'same') {
      if (row.kind !== 'gap') out.push(row);
      i++;
      continue;
    }
    let end = i;
    while (end < rows.length && !near[end] && rows[end]!.kind === 'same') end++;
    if (opened.has(row.now!)) out.push(...rows.slice(i, end));
    else out.push({ kind: 'gap', key: row.now!, lines: end - i });
    i = end;
  }
  return out;
}

/** Old left, new right: of a change, the nth line that went stands beside the nth that came. */
export function sideBySide(rows: readonly Row[]): Pair[] {
  const out: Pair[] = [];
  for (let i = 0; i < rows.length; ) {
    const row = rows[i]!;
    if (row.kind === 'gap') {
      out.push(row);
      i++;
    } else if (row.kind === 'same') {
      out.push({ left: row, right: row });
      i++;
    } else {
      const gone: Line[] = [];
      const come: Line[] = [];
      for (; i < rows.length; i++) {
        const next = rows[i]!;
        if (next.kind === 'del') gone.push(next);
        else if (next.kind === 'add') come.push(next);
        else break;
      }
      for (let n = 0; n < Math.max(gone.length, come.length); n++) out.push({ left: gone[n] ?? null, right: come[n] ?? null });
    }
  }
  return out;
}

const MAX_WORDS = 240;

/** @returns `text` in pieces, with those marked that `other` does not have; one piece when they have too little in common */
export function words(text: string, other: string | undefined): { text: string; marked: boolean }[] {
  const whole = [{ text, marked: false }];
  if (other === undefined || text === other) return whole;
  const a = text.match(/\w+|\s+|[^\w\s]/gu) ?? [];
  const b = other.match(/\w+|\s+|[^\w\s]/gu) ?? [];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const x = a.slice(head, a.length - tail);
  const y = b.slice(head, b.length - tail);
  const kept = x.length <= MAX_WORDS && y.length <= MAX_WORDS ? common(x, y) : x.map(() => false);
  const flags = [...a.slice(0, head).map(() => true), ...kept, ...a.slice(a.length - tail).map(() => true)];
  const shared = a.reduce((n, word, i) => n + (flags[i] && word.trim() !== '' ? word.length : 0), 0);
  if (shared * 4 < Math.max(text.trim().length, other.trim().length)) return whole;
  const out: { text: string; marked: boolean }[] = [];
  a.forEach((word, i) => {
    const last = out.at(-1);
    if (last && last.marked === !flags[i]) last.text += word;
    else out.push({ text: word, marked: !flags[i] });
  });
  return out;
}

/** @returns for each word of `a` whether it is in the longest sequence that both have */
function common(a: readonly string[], b: readonly string[]): boolean[] {
  const wide = b.length + 1;
  const best = new Uint16Array((a.length + 1) * wide);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      best[i * wide + j] = a[i] === b[j] ? best[(i + 1) * wide + j + 1]! + 1 : Math.max(best[(i + 1) * wide + j]!, best[i * wide + j + 1]!);
    }
  }
  const kept = a.map(() => false);
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      kept[i++] = true;
      j++;
    } else if (best[(i + 1) * wide + j]! >= best[i * wide + j + 1]!) i++;
    else j++;
  }
  return kept;
}

/** Which rows are in sight, when rows have heights of their own. `tops` has one more entry than there are rows: the end. */
export function visible(tops: readonly number[], from: number, to: number): [number, number] {
  const at = (y: number) => {
    let low = 0;
    let high = tops.length - 1;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (tops[mid + 1]! <= y) low = mid + 1;
      else high = mid;
    }
    return low;
  };
  return [Math.max(0, at(from)), Math.min(tops.length - 1, at(to) + 1)];
}
