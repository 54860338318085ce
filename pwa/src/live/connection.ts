import { outbox } from '../outbox/outbox.ts';
import { EMPTY_OVERVIEW } from '../wire.ts';
import type { ConversationInfo, Delta, JournalEvent, Overview, PendingCommand } from '../wire.ts';
import { Conversation } from './conversation.ts';
import { mirror } from './mirror.ts';
import type { Message } from './sse.ts';
import { readStream, SILENCE_MS } from './stream.ts';

export type State = 'connecting' | 'online' | 'offline';

const HIDDEN_MS = 60_000;

/**
 * The one stream of this page. Elements ask for a conversation by `open`; the overview always comes along.
 * Events: `state`, `overview`, `gone`.
 */
class Connection extends EventTarget {
  state: State = 'connecting';
  overview: Overview = EMPTY_OVERVIEW;
  /** the overview was received, now or in an earlier visit */
  overviewKnown = false;
  /** when the server was heard last; 0: not on this page */
  heardAt = 0;
  private readonly conversations = new Map<string, { conversation: Conversation; users: number }>();
  private current: string | null = null;
  private run: AbortController | null = null;
  private wanted = false;
  private wake: (() => void) | null = null;
  private failures = 0;
  private hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  private overviewSaver: ReturnType<typeof setTimeout> | undefined;

  /** Starts the stream; elements call it, again and again. */
  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    void mirror.overview().then((kept) => {
      if (!kept || this.overviewKnown) return;
      this.overview = { ...EMPTY_OVERVIEW, ...kept.overview };
      this.overviewKnown = true;
      this.heardAt ||= kept.asOf;
      this.dispatchEvent(new Event('overview'));
    });
    document.addEventListener('visibilitychange', () => this.visibility());
    addEventListener('pageshow', () => this.hurry());
    addEventListener('online', () => this.hurry());
    addEventListener('offline', () => this.become('offline'));
    addEventListener('pagehide', () => this.save());
    outbox.addEventListener('login', () => this.login());
    outbox.addEventListener('change', () => {
      for (const { conversation } of this.conversations.values()) conversation.settle();
    });
    void this.loop();
  }

  /** @returns the conversation, which is fed until it is closed as often as it was opened */
  open(id: string): Conversation {
    this.start();
    const known = this.conversations.get(id) ?? { conversation: new Conversation(id), users: 0 };
    known.users++;
    this.conversations.set(id, known);
    if (this.current !== id) {
      this.current = id;
      this.restart();
    }
    return known.conversation;
  }

  close(id: string): void {
    const known = this.conversations.get(id);
    if (!known || --known.users > 0) return;
    void known.conversation.save();
    this.conversations.delete(id);
    if (this.current === id) {
      this.current = [...this.conversations.keys()].at(-1) ?? null;
      // A view that is replaced by another one opens its own conversation in the same moment.
      queueMicrotask(() => this.restart());
    }
  }

  private restart(): void {
    this.run?.abort();
    this.hurry();
  }

  /** Tries at once instead of after the pause. */
  hurry(): void {
    this.failures = 0;
    this.wake?.();
  }

  private async loop(): Promise<void> {
    while (this.wanted) {
      if (document.hidden && this.hiddenTimer === undefined && this.state !== 'connecting') await this.pause(HIDDEN_MS);
      const id = this.current;
      const conversation = id ? this.conversations.get(id)?.conversation : undefined;
      if (conversation) await conversation.ready;
      if (this.current !== id) continue;
      if (conversation) conversation.caughtUp = false;
      const run = (this.run = new AbortController());
      const began = Date.now();
      const slow = setTimeout(() => this.heardAt < began && this.become('offline'), SILENCE_MS);
      const end = await readStream(this.url(conversation), run.signal, (batch) => this.receive(batch, conversation));
      clearTimeout(slow);
      if (end === 'login') return this.login();
      if (end === 'gone' && conversation) {
        conversation.gone = true;
        conversation.dispatchEvent(new Event('change'));
        await this.pause(5000);
        continue;
      }
      if (end === 'closed') continue;
      this.become('offline');
      this.failures++;
      await this.pause(Math.min(900, 150 * 2 ** Math.min(this.failures - 1, 3)) * (0.7 + Math.random() * 0.5));
    }
  }

  private url(conversation: Conversation | undefined): string {
    if (!conversation) return '/api/v1/live';
    const query = new URLSearchParams({ conversation: conversation.id, tail: '200' });
    if (conversation.last > 0) query.set('after', String(conversation.last));
    return `/api/v1/live?${query}`;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.wake = done;
    });
  }

  private receive(batch: Message[], conversation: Conversation | undefined): void {
    this.heardAt = Date.now();
    conversation?.heard();
    if (this.state !== 'online') {
      this.become('online');
      this.failures = 0;
      outbox.kick(true);
    }
    const events: JournalEvent[] = [];
    const flush = () => {
      if (events.length > 0) conversation?.take(events.splice(0));
    };
    for (const message of batch) {
      let data: unknown;
      try {
        data = JSON.parse(message.data);
      } catch {
        continue;
      }
      switch (message.event) {
        case 'beat': break;
        case 'overview': this.setOverview(data as Partial<Overview>); break;
        case 'delta': conversation?.delta(data as Delta); break;
        case 'pending': flush(); conversation?.setPending((data as { commands: PendingCommand[] }).commands ?? []); break;
        case 'conversation':
          if (conversation?.setInfo(data as ConversationInfo) === false) return this.restart();
          break;
        case 'caught-up':
          flush();
          void conversation?.caughtUpTo((data as { last: number }).last).then((fits) => fits || this.restart());
          break;
        default:
          if (typeof (data as JournalEvent).seq === 'number') events.push({ ...(data as JournalEvent), type: (data as JournalEvent).type ?? message.event });
      }
    }
    flush();
  }

  private setOverview(overview: Partial<Overview>): void {
    this.overview = { ...EMPTY_OVERVIEW, ...overview };
    this.overviewKnown = true;
    this.dispatchEvent(new Event('overview'));
    this.settleAnswers();
    this.overviewSaver ??= setTimeout(() => {
      this.overviewSaver = undefined;
      void mirror.keepOverview(this.overview);
    }, 2000);
  }

  /** Answers that were given in the Inbox: what is not open any more needs no answer. */
  private settleAnswers(): void {
    const open = new Set([...this.overview.approvals, ...this.overview.questions].map((request) => request.id));
    const done = outbox.entries.filter((e) => (e.kind === 'approval' || e.kind === 'answer') && e.state !== 'local' && !this.conversations.has(e.conversationId) && !open.has(e.target ?? ''));
    if (done.length > 0) void outbox.settle(done.map((e) => e.id));
  }

  private become(state: State): void {
    if (this.state === state) return;
    this.state = state;
    // The page may be swiped away next: what was seen is kept, a text that was being written too.
    if (state === 'offline') this.save();
    this.dispatchEvent(new Event('state'));
  }

  private visibility(): void {
    clearTimeout(this.hiddenTimer);
    this.hiddenTimer = undefined;
    if (document.hidden) {
      this.save();
      this.hiddenTimer = setTimeout(() => {
        this.hiddenTimer = undefined;
        this.run?.abort();
      }, HIDDEN_MS);
    } else {
      this.hurry();
    }
  }

  private save(): void {
    for (const { conversation } of this.conversations.values()) void conversation.save();
  }

  /** The session is over. What was said stays in the outbox; the place is kept. */
  private login(): void {
    if (location.pathname.startsWith('/login')) return;
    try {
      sessionStorage.setItem('cv-return', location.pathname + location.search);
    } catch {
      // Then the way back starts at the Inbox.
    }
    location.assign(`/login?continue=${encodeURIComponent(location.pathname + location.search)}`);
  }
}

export const connection = new Connection();
