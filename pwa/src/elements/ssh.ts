import { html, nothing } from 'lit';
import { access, add, command, obstacle, remove } from '../ssh/access.ts';
import type { Access, Key, Login } from '../ssh/access.ts';
import { ago } from '../text/words.ts';
import { copy, define, Light } from './base.ts';

const when = (at: string): string => {
  const words = ago(at, Date.now());
  return words === 'now' ? 'just now' : `${words} ago`;
};

/** Keys for SSH: which come in, one more, and who came; and how one gets in. */
export class CvSsh extends Light {
  static override properties = { now: { state: true }, words: { state: true }, bad: { state: true }, busy: { state: true }, asked: { state: true }, adding: { state: true } };
  declare now: Access | null;
  declare words: string;
  declare bad: boolean;
  declare busy: boolean;
  /** The id of the key that is about to be deleted. */
  declare asked: string;
  declare adding: boolean;

  constructor() {
    super();
    this.now = null;
    this.words = '';
    this.bad = false;
    this.busy = false;
    this.asked = '';
    this.adding = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.tick(30_000);
    // Somebody who comes back from a terminal.
    this.follow(document, 'visibilitychange', () => document.hidden || void this.run(async () => this.words));
    void this.run(async () => '');
  }

  protected override render() {
    const now = this.now?.where.enabled ? this.now : null;
    return html`<div class="card cv-ssh" aria-busy=${!this.now && !this.bad}>
      ${now ? this.keys(now)
        : this.now ? html`<p>${this.now.where.why}</p>`
        : this.bad ? html`<div class="row"><button class="cv-button" ?disabled=${this.busy} @click=${() => this.run(async () => '')}>Try again</button></div>`
        : html`<p class="dim">Loading …</p>`}
      <p role="status" class=${this.bad ? 'bad' : 'dim'} ?hidden=${!this.words}>${this.words}</p>
      ${now ? this.way(now) : nothing}
    </div>`;
  }

  private keys(now: Access) {
    return html`
      ${now.keys.length ? html`<ul class="cv-ssh-list" aria-label="Keys">${now.keys.map((key) => this.key(key))}</ul>`
        : html`<p class="dim">No key yet. Add the public key of the machine that you come from: usually the file ~/.ssh/id_ed25519.pub there.</p>`}
      ${this.adding || !now.keys.length ? this.form() : html`<div class="row"><button class="cv-button" ?disabled=${this.busy} @click=${() => this.show()}>Add a key</button></div>`}`;
  }

  private way(now: Access) {
    const line = command(now.where, now.workspace, location.hostname);
    const stop = obstacle(now.where, location.hostname);
    return html`
      <h3>Come in</h3>
      <div class="row cv-ssh-line"><code class="mono grow">${line}</code><button class="cv-button" aria-label="Copy the ssh command" @click=${() => this.copied(line)}>Copy</button></div>
      ${stop ? html`<p class="warn">${stop}</p>` : nothing}
      <p class="dim">A stopped workspace is started. With the command line: <code class="mono">claude-vm ssh ${now.workspace ?? 'WORKSPACE'}</code>, or <code class="mono">claude-vm config-ssh</code> once, for editors too.</p>
      <h3>Latest logins</h3>
      ${now.logins.length ? html`<ul class="cv-ssh-list" aria-label="Latest logins">${now.logins.map((login) => this.login(login))}</ul>` : html`<p class="dim">Nobody has come in yet.</p>`}`;
  }

  private key(key: Key) {
    const used = key.lastUsedAt ? `used ${when(key.lastUsedAt)}` : 'never used';
    return html`<li class="row">
      <span class="grow"><span class="cv-ssh-name">${key.name}</span><span class="dim">${key.type}, ${used}</span><span class="mono dim">${key.fingerprint}</span></span>
      ${this.asked === key.id
        ? html`<span class="cv-ssh-sure" role="group" aria-label=${`Delete ${key.name}?`}><span>Connections with it end.</span>
            <button class="cv-button cv-danger" ?disabled=${this.busy} aria-label=${`Yes, delete ${key.name}`} @click=${() => this.delete(key)}>Delete</button>
            <button class="cv-button" ?disabled=${this.busy} @click=${() => (this.asked = '')}>Keep</button></span>`
        : html`<button class="cv-button cv-soft" ?disabled=${this.busy} aria-label=${`Delete ${key.name}`} @click=${() => this.ask(key)}>Delete</button>`}
    </li>`;
  }

  private login(login: Login) {
    const place = login.from.replace(/:\d+$/, '');
    return html`<li class="row"><span class="grow"><span class="cv-ssh-name">${login.workspaceId}</span><span class="dim">${login.key}, from ${place}</span></span>
      <span class="dim">${login.endedAt ? when(login.at) : html`<span class="cv-good">open</span>, ${when(login.at)}`}</span></li>`;
  }

  private form() {
    return html`<form @submit=${(e: SubmitEvent) => this.submit(e)}>
      <label class="cv-ssh-field"><span>Public key, or the address of your keys at a forge</span>
        <textarea name="key" rows="3" required maxlength="65536" spellcheck="false" autocapitalize="off" autocomplete="off" placeholder="ssh-ed25519 AAAA…  or  https://github.com/your-name.keys"></textarea></label>
      <div class="row"><button class="cv-button cv-primary" ?disabled=${this.busy}>Add key</button>
        ${this.now?.keys.length ? html`<button type="button" class="cv-button" ?disabled=${this.busy} @click=${() => (this.adding = false)}>Cancel</button>` : nothing}</div>
    </form>`;
  }

  private show(): void {
    this.adding = true;
    void this.updateComplete.then(() => this.querySelector('textarea')?.focus());
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const field = this.querySelector('textarea')!;
    void this.run(async () => {
      const added = await add(field.value);
      field.value = '';
      this.adding = false;
      return added.length === 1 ? `May come in: ${added[0]!.name}.` : `${added.length} keys may come in.`;
    });
  }

  private ask(key: Key): void {
    this.asked = key.id;
    void this.updateComplete.then(() => this.querySelector<HTMLButtonElement>('.cv-ssh-sure .cv-danger')?.focus());
  }

  private delete(key: Key): void {
    void this.run(async () => {
      await remove(key.id);
      this.asked = '';
      return `Deleted ${key.name}.`;
    });
  }

  private copied(line: string): void {
    void copy(line).then((done) => {
      this.words = done ? 'Copied.' : 'The browser does not let a page copy. Select the line instead.';
      this.bad = !done;
    });
  }

  /** @param job gives what to say when it is done; then all is read again */
  private async run(job: () => Promise<string>): Promise<void> {
    this.busy = true;
    try {
      const words = await job();
      this.now = await access();
      this.words = words;
      this.bad = false;
    } catch (error) {
      this.words = error instanceof Error && error.name !== 'TimeoutError' && !(error instanceof TypeError) ? error.message : 'The server does not answer. Try again when it does.';
      this.bad = true;
    } finally {
      this.busy = false;
    }
  }
}
define('cv-ssh', CvSsh);
