import { html, nothing } from 'lit';
import { icon } from '../icons.ts';
import { ago, bytes } from '../text/words.ts';
import type { Deleted } from './api.ts';
import { nameOf, parentOf, shown } from './paths.ts';
import type { Uploads } from './uploads.ts';
import { state } from './viewers.ts';

/** What is on its way, and what waits for an answer because something of its name is there. */
export function uploadNotices(uploads: Uploads) {
  const { now, clashes: [clash] } = uploads;
  return html`${now ? html`<div class="cv-restored"><span role="status">Uploading <bdi>${shown(now.name)}</bdi>${now.left > 0 ? `, ${now.left} more` : ''}<progress max=${Math.max(1, now.size)} .value=${now.sent} aria-label="Uploaded"></progress></span><button type="button" class="cv-text-button" @click=${() => uploads.stop()}>Stop</button></div>` : nothing}
      ${clash ? html`<div class="cv-ask-restore" role="group" aria-label="Replace?"><p><b><bdi>${shown(clash.path)}</bdi> is there already.</b> The old one is gone when you replace it.</p>
        <div class="cv-buttons"><button type="button" class="cv-button" @click=${() => uploads.answer(false)}>Keep the old one</button><button type="button" class="cv-button cv-danger" @click=${() => uploads.answer(true)}>Replace</button></div></div>` : nothing}`;
}

/** What another app gave to this one, and has no place yet. */
export function giftNotice(files: readonly File[], take: () => void, discard: () => void) {
  const n = files.length;
  if (n === 0) return nothing;
  return html`<div class="cv-restored" role="status"><span>${n === 1 ? html`<bdi>${shown(files[0]!.name)}</bdi> was` : `${n} files were`} shared.</span><button type="button" class="cv-text-button" @click=${take}>Upload</button>
      <button type="button" class="cv-icon-button" aria-label="Discard what was shared" @click=${discard}>${icon('close')}</button></div>`;
}

export function deletedNotice(deleted: Deleted | null, undo: (deleted: Deleted) => void, close: () => void) {
  if (!deleted) return nothing;
  return html`<div class="cv-restored" role="status"><span><bdi>${shown(deleted.path)}</bdi> was deleted.</span><button type="button" class="cv-text-button" @click=${() => undo(deleted)}>Undo</button><button type="button" class="cv-icon-button" aria-label="Close" @click=${close}>${icon('close')}</button></div>`;
}

/** What was deleted and can come back. */
export function trashList(trash: readonly Deleted[], restore: (deleted: Deleted) => void, close: () => void) {
  return html`<div class="cv-restored"><span><b>Recently deleted</b></span><button type="button" class="cv-text-button" @click=${close}>Back to the files</button></div>
      ${trash.length === 0 ? state(html`<p>Nothing was deleted here within the last seven days.</p>`) : html`<ul class="cv-found" aria-label="Recently deleted">${trash.map((d) => html`<li class="cv-trashed"><span class="cv-path"><b>${shown(nameOf(d.path))}</b><small><bdi>${[shown(parentOf(d.path)), ago(d.at, Date.now()), bytes(d.bytes)].filter(Boolean).join(' · ')}</bdi></small></span>
        <button type="button" class="cv-text-button" aria-label=${`Restore ${shown(nameOf(d.path))}`} @click=${() => restore(d)}>Restore</button></li>`)}</ul>`}`;
}

/** Files that were written in and not saved, on this device. */
export function unsavedList(paths: readonly string[], open: (path: string) => void) {
  if (paths.length === 0) return nothing;
  return html`<div class="cv-unsaved" role="group" aria-label="Not saved"><span>Not saved:</span>${paths.slice(0, 5).map((path) => html`<button type="button" class="cv-text-button" @click=${() => open(path)}>${shown(nameOf(path))}</button>`)}${paths.length > 5 ? html`<span>and ${paths.length - 5} more</span>` : nothing}</div>`;
}
