import { html, nothing } from 'lit';
import { icon } from '../icons.ts';
import { define, Light } from './base.ts';
import './menu.ts';

/** What listens in a workspace: `GET /api/v1/workspaces/{id}/ports`. */
interface Port {
  port: number;
  program: string;
  path: string;
}

const EVERY_MS = 3000;

/**
 * Offers what the workspace listens on. Attribute `workspace-id`, property `up`: the workspace is connected, and so are we. It
 * asks every few seconds while the page is looked at.
 */
export class CvPorts extends Light {
  static override properties = { workspaceId: { attribute: 'workspace-id' }, up: { type: Boolean }, ports: { state: true } };
  declare workspaceId: string;
  declare up: boolean;
  declare ports: Port[];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking: AbortController | null = null;

  constructor() {
    super();
    this.workspaceId = '';
    this.up = false;
    this.ports = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(document, 'visibilitychange', () => this.look());
    this.later(() => this.rest());
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (changed.has('workspaceId')) this.ports = [];
    if (changed.has('up') || changed.has('workspaceId')) this.look();
  }

  private rest(): void {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.asking = null;
  }

  private look(): void {
    this.rest();
    if (!this.up) this.ports = [];
    if (this.up && this.workspaceId && !document.hidden) void this.ask();
  }

  private async ask(): Promise<void> {
    const run = (this.asking = new AbortController());
    try {
      const response = await fetch(`/api/v1/workspaces/${encodeURIComponent(this.workspaceId)}/ports`, {
        credentials: 'same-origin', signal: AbortSignal.any([run.signal, AbortSignal.timeout(10_000)]),
      });
      if (response.ok) {
        const { ports } = (await response.json()) as { ports: Port[] };
        if (run === this.asking && JSON.stringify(ports) !== JSON.stringify(this.ports)) this.ports = ports;
      }
    } catch {
      // What was known stands until it is known better; the page itself says when it is offline.
    }
    if (run === this.asking) this.timer = setTimeout(() => void this.ask(), EVERY_MS);
  }

  protected override render() {
    const [first, ...more] = this.ports;
    if (!first) return nothing;
    if (more.length > 0) {
      return html`<cv-menu plain .face=${html`${this.ports.length} ports${icon('menu')}`} .items=${this.ports.map((p) => ({
        label: `Open ${p.port} · ${p.program}`, run: () => void window.open(p.path, '_blank', 'noopener'),
      }))}></cv-menu>`;
    }
    return html`<a class="cv-port" href=${first.path} target="_blank" rel="noopener" aria-label="Open port ${first.port}, ${first.program}, in a new tab">:${first.port}${icon('external')}</a>`;
  }
}
define('cv-ports', CvPorts);
