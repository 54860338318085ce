/**
 * The page's end of a terminal's web socket (docs/terminal.md). What was typed is kept until the workspace has it, and is sent again
 * exactly when it is certain that it did not arrive. Where that is not certain, the person is asked.
 */
export type LinkState = 'connecting' | 'open' | 'waiting' | 'ended' | 'stopped' | 'refused';

export interface Socket {
  binaryType: string;
  readonly readyState: number;
  onopen: (() => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  send(data: string | Uint8Array): void;
  close(): void;
}

export interface Surroundings {
  /** the socket's address without `client` */
  url: () => string;
  connect: (url: string) => Socket;
  /** shows bytes, and says when they are on the screen */
  show: (bytes: Uint8Array, shown: () => void) => void;
  /** the screen comes anew: empty it */
  anew: () => void;
  size: () => { columns: number; rows: number };
  /** outlives a reload, not the tab */
  keep: { read: () => string | null; write: (text: string) => void };
  newId: () => string;
}

interface Piece {
  number: number;
  bytes: Uint8Array;
  sent: boolean;
}

const PIECE_BYTES = 8 * 1024;
/** So much may be under way; the rest waits here. */
const AHEAD_BYTES = 64 * 1024;
export const MAX_PENDING_BYTES = 1024 * 1024;
const SHOWN_BYTES = 16 * 1024;
const SHOWN_MS = 40;
const SILENCE_MS = 4_000;
const BEAT_MS = 5_000;
const OPEN = 1;

/** Events: `state`, `doubt`. */
export class TerminalLink extends EventTarget {
  state: LinkState = 'connecting';
  /** what the server said when it refused, or the exit code when it ended */
  problem = '';
  code: number | null = null;
  /** typed, and nobody knows whether it arrived */
  doubt: Uint8Array | null = null;

  private readonly around: Surroundings;
  private socket: Socket | null = null;
  private client: string;
  private relay: string | null = null;
  private pending: Piece[] = [];
  private next = 1;
  private fresh = true;
  private greeted = false;
  private received = 0;
  private shown = 0;
  private told = 0;
  private epoch = 0;
  private spoke = 0;
  private attempt = 0;
  private closed = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private telling: ReturnType<typeof setTimeout> | undefined;

  constructor(around: Surroundings) {
    super();
    this.around = around;
    this.client = around.newId();
    this.remember();
  }

  /** Connects now; also when it had given up. */
  open(anew = false): void {
    if (this.closed) return;
    if (anew) this.fresh = true;
    clearTimeout(this.retry);
    this.drop();
    this.become(this.relay && !this.fresh ? 'waiting' : 'connecting');
    const socket = (this.socket = this.around.connect(`${this.around.url()}?client=${this.client}`));
    socket.binaryType = 'arraybuffer';
    this.greeted = false;
    this.listenFor(socket, SILENCE_MS * 2);
    socket.onopen = () => {
      const { columns, rows } = this.around.size();
      socket.send(JSON.stringify({ t: 'hello', relay: this.relay, at: this.fresh ? null : this.received, columns, rows }));
    };
    socket.onmessage = (event) => {
      if (socket !== this.socket) return;
      this.listenFor(socket, SILENCE_MS);
      if (typeof event.data === 'string') this.heard(JSON.parse(event.data) as Message);
      else this.output(event.data as ArrayBuffer);
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.lost(event.code);
    };
  }

  /** The network is back, or somebody looks: no need to wait any longer. */
  hurry(): void {
    if (this.state === 'waiting' || (this.state === 'connecting' && !this.socket)) this.open();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.save();
    this.drop();
  }

  /** @returns false when more waits already than is kept */
  type(bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    const waiting = this.pending.reduce((sum, piece) => sum + piece.bytes.length, 0);
    if (waiting + bytes.length > MAX_PENDING_BYTES) return false;
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) this.pending.push({ number: this.next++, bytes: bytes.subarray(at, at + PIECE_BYTES), sent: false });
    this.flush();
    this.save();
    return true;
  }

  resize(columns: number, rows: number): void {
    if (this.greeted) this.send(JSON.stringify({ t: 'size', columns, rows }));
  }

  /** What the person decided about what is in doubt. */
  settle(again: boolean): void {
    const bytes = this.doubt;
    this.doubt = null;
    if (again && bytes) this.type(bytes);
    this.save();
    this.dispatchEvent(new Event('doubt'));
  }

  save(): void {
    const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
    const parts = (bytes: Uint8Array) => Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, i) => base64(bytes.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES)));
    this.around.keep.write(JSON.stringify({
      client: this.client, relay: this.relay, next: this.next, pending: this.pending.map((p) => [p.number, base64(p.bytes), p.sent]), doubt: this.doubt ? parts(this.doubt) : null,
    }));
  }

  private remember(): void {
    try {
      const kept = JSON.parse(this.around.keep.read() ?? 'null') as { client: string; relay: string | null; next: number; pending: [number, string, boolean][]; doubt: string[] | null } | null;
      if (!kept) return;
      const bytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      this.client = kept.client;
      this.relay = kept.relay;
      this.next = kept.next;
      this.pending = kept.pending.map(([number, text, sent]) => ({ number, bytes: bytes(text), sent }));
      this.doubt = kept.doubt ? join(kept.doubt.map(bytes)) : null;
    } catch {
      // Nothing usable was kept.
    }
  }

  private heard(message: Message): void {
    switch (message.t) {
      case 'ready': return this.ready(message);
      case 'taken': return this.taken(message.to);
      // Timers of a page in the background are slow; what comes is not.
      case 'beat': return void (Date.now() - this.spoke >= BEAT_MS && this.send(JSON.stringify({ t: 'beat' })));
      case 'ended': return this.ended(message);
      case 'problem': {
        this.problem = `${message.detail} ${message.todo}`;
        this.drop();
        if (message.kind === 'later') this.later();
        else this.become(message.kind);
        return;
      }
    }
  }

  private ready(message: Ready): void {
    this.attempt = 0;
    this.problem = '';
    this.greeted = true;
    if (message.resumed) {
      this.pending = this.pending.filter((p) => p.number > message.taken);
      for (const piece of this.pending) piece.sent = piece.number <= message.received;
    } else {
      this.received = this.shown = this.told = 0;
      this.epoch++;
      this.around.anew();
      this.carryOver(message);
      this.relay = message.relay;
    }
    this.fresh = false;
    this.become('open');
    this.flush();
    this.save();
  }

  /** Another relay begins with other numbers. What the one before certainly did not take is typed now. */
  private carryOver({ before }: Ready): void {
    if (before) this.pending = this.pending.filter((p) => p.number > before.taken);
    const uncertain = this.relay !== null && this.pending.some((p) => p.sent && (!before || p.number <= before.written));
    if (uncertain) {
      // What was typed behind it belongs to it.
      this.doubt = join([...(this.doubt ? [this.doubt] : []), ...this.pending.map((p) => p.bytes)]);
      this.pending = [];
      this.dispatchEvent(new Event('doubt'));
    }
    this.pending.forEach((piece, i) => {
      piece.number = i + 1;
      piece.sent = false;
    });
    this.next = this.pending.length + 1;
  }

  private taken(to: number): void {
    this.pending = this.pending.filter((p) => p.number > to);
    this.flush();
    if (this.pending.length === 0) this.save();
  }

  private ended(message: Ended): void {
    this.drop();
    if (message.code === undefined) return this.later(0);
    this.code = message.code;
    // The shell is gone: what was typed for it is not for the next one.
    this.pending = [];
    this.relay = null;
    this.next = 1;
    this.fresh = true;
    this.save();
    this.become('ended');
  }

  private flush(): void {
    if (this.state !== 'open') return;
    let ahead = 0;
    for (const piece of this.pending) {
      ahead += piece.bytes.length;
      if (ahead > AHEAD_BYTES) return;
      if (piece.sent) continue;
      const frame = new Uint8Array(8 + piece.bytes.length);
      new DataView(frame.buffer).setBigUint64(0, BigInt(piece.number));
      frame.set(piece.bytes, 8);
      if (!this.send(frame)) return;
      piece.sent = true;
    }
  }

  private output(data: ArrayBuffer): void {
    const from = Number(new DataView(data).getBigUint64(0));
    let bytes = new Uint8Array(data, 8);
    if (from > this.received) {
      // Something is missing, which cannot be; the screen comes anew.
      this.fresh = true;
      this.drop();
      return this.later(0);
    }
    bytes = bytes.subarray(this.received - from);
    this.received += bytes.length;
    const epoch = this.epoch;
    this.around.show(bytes, () => {
      if (epoch !== this.epoch) return;
      this.shown += bytes.length;
      if (this.shown - this.told >= SHOWN_BYTES) this.tell();
      else this.telling ??= setTimeout(() => this.tell(), SHOWN_MS);
    });
  }

  private tell(): void {
    clearTimeout(this.telling);
    this.telling = undefined;
    if (this.greeted && this.shown > this.told && this.send(JSON.stringify({ t: 'shown', to: this.shown }))) this.told = this.shown;
  }

  private send(data: string | Uint8Array): boolean {
    if (this.socket?.readyState !== OPEN) return false;
    this.socket.send(data);
    this.spoke = Date.now();
    return true;
  }

  private listenFor(socket: Socket, ms: number): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      if (socket === this.socket) this.lost(0);
    }, ms);
  }

  private lost(code: number): void {
    this.drop();
    if (code === TAKEN_OVER) {
      this.relay = null;
      this.fresh = true;
    }
    if (code === LOGGED_OUT) {
      this.problem = 'You were logged out.';
      return this.become('refused');
    }
    this.later();
  }

  private later(ms = Math.min(5_000, 250 * 2 ** this.attempt) * (0.75 + Math.random() / 2)): void {
    if (this.closed) return;
    this.attempt++;
    this.become('waiting');
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), ms);
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    this.greeted = false;
    clearTimeout(this.silence);
    clearTimeout(this.telling);
    this.telling = undefined;
    if (!socket) return;
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close();
  }

  private become(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event('state'));
  }
}

const TAKEN_OVER = 4001;
const LOGGED_OUT = 4004;

interface Ready { t: 'ready'; relay: string; resumed: boolean; received: number; taken: number; before?: { taken: number; written: number } }
interface Ended { t: 'ended'; code?: number; taken: number; written: number }
type Message = Ready | Ended | { t: 'taken'; to: number } | { t: 'problem'; kind: 'stopped' | 'refused' | 'later'; detail: string; todo: string } | { t: 'beat' };

function join(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
