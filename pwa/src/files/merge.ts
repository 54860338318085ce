/** Lines that two texts share, and two changes of one text put together. Pure. */

/** Lines `from` to `to` of the old text became lines `at` to `end` of the new one; all ends are excluded. */
export interface Hunk {
  from: number;
  to: number;
  at: number;
  end: number;
}

/** Past so many differences it is said as one large one: a screen in a hand has to answer. */
const EFFORT = 1500;

/** What makes `b` out of `a`: the shortest way (Myers 1986), unless the texts have little to do with each other. */
export function hunks(a: readonly string[], b: readonly string[]): Hunk[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const n = a.length - head - tail;
  const m = b.length - head - tail;
  if (n === 0 && m === 0) return [];
  const whole = [{ from: head, to: head + n, at: head, end: head + m }];
  if (n === 0 || m === 0) return whole;
  const most = Math.min(n + m, EFFORT);
  const far = new Int32Array(2 * most + 2);
  const trace: Int32Array[] = [];
  for (let d = 0; d <= most; d++) {
    trace.push(far.slice(most - d, most + d + 2));
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && far[most + k - 1]! < far[most + k + 1]!) ? far[most + k + 1]! : far[most + k - 1]! + 1;
      while (x < n && x - k < m && a[head + x] === b[head + x - k]) x++;
      far[most + k] = x;
      if (x >= n && x - k >= m) return way(trace, d, n, m, head);
    }
  }
  return whole;
}

/** The way back from the end, as hunks in order. */
function way(trace: Int32Array[], steps: number, n: number, m: number, head: number): Hunk[] {
  const out: Hunk[] = [];
  let x = n;
  let y = m;
  for (let d = steps; d > 0; d--) {
    const row = trace[d]!;
    const k = x - y;
    const down = k === -d || (k !== d && row[d + k - 1]! < row[d + k + 1]!);
    const px = down ? row[d + k + 1]! : row[d + k - 1]!;
    const py = px - (down ? k + 1 : k - 1);
    const step = { from: px + head, to: px + head + (down ? 0 : 1), at: py + head, end: py + head + (down ? 1 : 0) };
    const next = out[0];
    if (next && next.from === step.to && next.at === step.end) out[0] = { ...next, from: step.from, at: step.at };
    else out.unshift(step);
    x = px;
    y = py;
  }
  return out;
}

export interface Merged {
  text: string;
  /** places where both changed the same lines; both stand there between marks */
  conflicts: number;
}

/** Puts together what two made of one text. What only one of them changed is taken; nothing is left out. */
export function merged(base: string, mine: string, theirs: string): Merged {
  const o = base.split('\n');
  const a = mine.split('\n');
  const b = theirs.split('\n');
  const left = hunks(o, a);
  const right = hunks(o, b);
  const out: string[] = [];
  let conflicts = 0;
  let at = 0;
  let shiftA = 0;
  let shiftB = 0;
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const from = Math.min(left[i]?.from ?? Infinity, right[j]?.from ?? Infinity);
    let to = from;
    const ours: Hunk[] = [];
    const others: Hunk[] = [];
    // Whatever touches belongs together: lines that are put side by side by both have no order of their own.
    for (;;) {
      if (i < left.length && left[i]!.from <= to) ours.push(left[i]!), (to = Math.max(to, left[i++]!.to));
      else if (j < right.length && right[j]!.from <= to) others.push(right[j]!), (to = Math.max(to, right[j++]!.to));
      else break;
    }
    const grown = (list: Hunk[]) => list.reduce((sum, h) => sum + (h.end - h.at) - (h.to - h.from), 0);
    out.push(...o.slice(at, from));
    const ofA = a.slice(from + shiftA, to + shiftA + grown(ours));
    const ofB = b.slice(from + shiftB, to + shiftB + grown(others));
    if (others.length === 0 || same(ofA, ofB)) out.push(...ofA);
    else if (ours.length === 0) out.push(...ofB);
    else {
      conflicts++;
      out.push('<<<<<<< mine', ...ofA, '=======', ...ofB, '>>>>>>> theirs');
    }
    shiftA += grown(ours);
    shiftB += grown(others);
    at = to;
  }
  return { text: [...out, ...o.slice(at)].join('\n'), conflicts };
}

const same = (a: string[], b: string[]) => a.length === b.length && a.every((line, i) => line === b[i]);

const AROUND = 3;

/** What makes `after` out of `before`, as a unified diff with a few lines around each change. */
export function difference(before: string, after: string): { unified: string; added: number; removed: number } {
  const a = before.split('\n');
  const b = after.split('\n');
  const all = hunks(a, b);
  const out: string[] = [];
  for (let i = 0; i < all.length; ) {
    let last = i;
    while (last + 1 < all.length && all[last + 1]!.from - all[last]!.to <= 2 * AROUND) last++;
    const from = Math.max(0, all[i]!.from - AROUND);
    const to = Math.min(a.length, all[last]!.to + AROUND);
    out.push(`@@ line ${from + 1} @@`);
    let at = from;
    for (const h of all.slice(i, last + 1)) {
      out.push(...a.slice(at, h.from).map((l) => ` ${l}`), ...a.slice(h.from, h.to).map((l) => `-${l}`), ...b.slice(h.at, h.end).map((l) => `+${l}`));
      at = h.to;
    }
    out.push(...a.slice(at, to).map((l) => ` ${l}`));
    i = last + 1;
  }
  const sum = (of: (h: Hunk) => number) => all.reduce((n, h) => n + of(h), 0);
  return { unified: out.join('\n'), added: sum((h) => h.end - h.at), removed: sum((h) => h.to - h.from) };
}
