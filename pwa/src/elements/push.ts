import { html, nothing } from 'lit';
import { obstacle, thisBrowser } from '../push/obstacle.ts';
import { standing, subscribe, test, unsubscribe } from '../push/subscription.ts';
import type { Kept, Standing } from '../push/subscription.ts';
import { define, here, Light } from './base.ts';

const KINDS = [
  ['approval', 'Approvals'], ['question', 'Questions'], ['finished', 'An agent has finished'], ['failed', 'An agent cannot go on'],
] as const;
const ALL: Omit<Kept, 'problem'> = { kinds: KINDS.map(([kind]) => kind), details: false, quiet: null };

/** Notifications of this browser: on and off, which, when, and why not. */
export class CvPush extends Light {
  static override properties = { now: { state: true }, words: { state: true }, bad: { state: true }, busy: { state: true } };
  declare now: Standing | null;
  declare words: string;
  declare bad: boolean;
  declare busy: boolean;

  constructor() {
    super();
    this.now = null;
    this.words = '';
    this.bad = false;
    this.busy = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Somebody who comes back from the browser's own settings.
    this.follow(document, 'visibilitychange');
    void this.run(async () => {
      this.now = await standing();
      return '';
    });
  }

  protected override render() {
    const kept = this.now?.subscription ?? null;
    const stop = obstacle(thisBrowser());
    return html`<div class="card cv-push">
      ${stop && !kept ? html`<p>${stop.why}</p><p class="dim">${stop.todo}</p>` : kept ? this.on(kept) : this.off()}
      ${kept?.problem ? html`<p class="warn">${kept.problem}</p>` : nothing}
      <p role="status" class=${this.bad ? 'bad' : 'dim'} ?hidden=${!this.words}>${this.words}</p>
    </div>`;
  }

  private off() {
    return html`<p class="dim">${here('This phone can be told when an agent needs you. What is told shows no code unless you allow it.')}</p>
      <button class="cv-button cv-primary" ?disabled=${this.busy || !this.now} @click=${() => this.turnOn()}>Turn on notifications</button>`;
  }

  private on(kept: Kept) {
    const quiet = kept.quiet;
    return html`
      <fieldset class="cv-push-kinds"><legend class="dim">${here('Tell this phone about')}</legend>
        ${KINDS.map(([kind, label]) => this.check(label, kept.kinds.includes(kind), (on) => ({ ...kept, kinds: on ? [...kept.kinds, kind] : kept.kinds.filter((k) => k !== kind) })))}
      </fieldset>
      ${this.check('Show commands and answers in it', kept.details, (on) => ({ ...kept, details: on }))}
      ${this.check('Quiet hours', quiet !== null, (on) => ({ ...kept, quiet: on ? { from: '22:00', to: '07:00', zone: Intl.DateTimeFormat().resolvedOptions().timeZone } : null }))}
      ${quiet ? html`<div class="row cv-push-quiet">${this.time('From', quiet.from, (from) => ({ ...kept, quiet: { ...quiet, from } }))}${this.time('To', quiet.to, (to) => ({ ...kept, quiet: { ...quiet, to } }))}<span class="dim">${quiet.zone}</span></div>` : nothing}
      <div class="row"><button class="cv-button" ?disabled=${this.busy} @click=${() => this.tryIt()}>Send a test</button>
        <button class="cv-button" ?disabled=${this.busy} @click=${() => this.turnOff()}>Turn off</button></div>`;
  }

  private check(label: string, checked: boolean, wanted: (on: boolean) => Omit<Kept, 'problem'>) {
    return html`<label class="cv-check"><input type="checkbox" .checked=${checked} ?disabled=${this.busy}
      @change=${(e: Event) => this.change(wanted((e.target as HTMLInputElement).checked))}><span>${label}</span></label>`;
  }

  private time(label: string, value: string, wanted: (time: string) => Omit<Kept, 'problem'>) {
    return html`<label class="cv-time"><span>${label}</span><input type="time" required .value=${value} ?disabled=${this.busy}
      @change=${(e: Event) => (e.target as HTMLInputElement).value && this.change(wanted((e.target as HTMLInputElement).value))}></label>`;
  }

  private turnOn(): void {
    void this.run(async () => {
      if ((await Notification.requestPermission()) !== 'granted') return 'The browser was not allowed to notify you. Nothing was turned on.';
      await this.keep(ALL);
      return 'Notifications are on.';
    });
  }

  private turnOff(): void {
    void this.run(async () => {
      await unsubscribe(await navigator.serviceWorker.ready);
      this.now = this.now && { ...this.now, subscription: null };
      return 'Notifications are off.';
    });
  }

  private change(wanted: Omit<Kept, 'problem'>): void {
    void this.run(async () => {
      await this.keep(wanted);
      return 'Saved.';
    });
  }

  private tryIt(): void {
    void this.run(async () => {
      const { problem } = await test();
      if (problem) throw new Error(problem);
      return here('Sent. It should be on this phone in a moment; if not, look at the system’s settings for this browser.');
    });
  }

  private async keep(wanted: Omit<Kept, 'problem'>): Promise<void> {
    try {
      this.now = await subscribe(await navigator.serviceWorker.ready, this.now!.publicKey, wanted);
    } catch (error) {
      if ((error as DOMException).name === 'AbortError') throw new Error('The browser could not reach its push service. Try again when it has a network; some browsers have the service switched off.', { cause: error });
      throw error;
    }
  }

  /** @param job gives what to say when it is done */
  private async run(job: () => Promise<string>): Promise<void> {
    this.busy = true;
    try {
      this.words = await job();
      this.bad = false;
    } catch (error) {
      this.words = error instanceof Error && error.name !== 'TimeoutError' && !(error instanceof TypeError) ? error.message : 'The server does not answer. Try again when it does.';
      this.bad = true;
      // A checkbox shows what is kept, not what was wanted.
      this.requestUpdate();
    } finally {
      this.busy = false;
    }
  }
}
define('cv-push', CvPush);
