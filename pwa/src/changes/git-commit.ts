import { html } from 'lit';
import { define, Light } from '../elements/base.ts';
import type { Overview } from './git-api.ts';
import { recall, remember } from './git-memory.ts';
import { files } from './git-words.ts';

/** @param done is to be called when it is committed: then the message is no longer needed */
export interface Commit {
  message: string;
  done: () => void;
}

/** The message of the next commit, or who makes it when git does not know that. Events: `commit`, `author` with `{name, email}`. */
export class CvGitCommit extends Light {
  static override properties = {
    workspaceId: { attribute: false }, overview: { attribute: false }, held: { attribute: false }, committing: { attribute: false }, message: { state: true },
  };
  declare workspaceId: string;
  declare overview: Overview;
  /** nothing can be done just now */
  declare held: boolean;
  declare committing: boolean;
  declare message: string;

  constructor() {
    super();
    this.workspaceId = this.message = '';
    this.held = this.committing = false;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('workspaceId')) this.message = recall('message', this.workspaceId);
  }

  private typed(text: string): void {
    this.message = text;
    remember('message', this.workspaceId, text);
  }

  private get ready(): boolean {
    const { status } = this.overview;
    return !this.held && (status?.staged.length ?? 0) > 0 && status?.conflicts.length === 0 && this.message.trim() !== '';
  }

  private commit(): void {
    const { message } = this;
    const done = () => { if (this.message === message) this.typed(''); };
    if (this.ready) this.dispatchEvent(new CustomEvent<Commit>('commit', { detail: { message, done } }));
  }

  protected override render() {
    if (!this.overview.author) return this.author();
    const n = this.overview.status?.staged.length ?? 0;
    return html`<form class="cv-git-commit" @submit=${(e: Event) => { e.preventDefault(); this.commit(); }} @keydown=${(e: KeyboardEvent) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) this.commit(); }}>
      <textarea class="cv-input" rows="2" aria-label="Commit message" placeholder="What does this commit do?" .value=${this.message} @input=${(e: Event) => this.typed((e.target as HTMLTextAreaElement).value)}></textarea>
      <button type="submit" class="cv-button cv-primary" ?disabled=${!this.ready}>${this.committing ? 'Committing' : n === 0 ? 'Stage files to commit' : `Commit ${files(n)}`}</button></form>`;
  }

  private author() {
    const submit = (e: Event) => {
      e.preventDefault();
      const data = new FormData(e.target as HTMLFormElement);
      this.dispatchEvent(new CustomEvent('author', { detail: { name: String(data.get('name')), email: String(data.get('email')) } }));
    };
    return html`<form class="cv-git-commit" @submit=${submit}><p>Whose commits are these? git does not know yet. It is kept in this project.</p>
      <label>Your name<input class="cv-input" name="name" autocomplete="name" required></label><label>Your mail address<input class="cv-input" name="email" type="email" autocomplete="email" required></label>
      <button type="submit" class="cv-button cv-primary" ?disabled=${this.held}>Keep</button></form>`;
  }
}
define('cv-git-commit', CvGitCommit);
