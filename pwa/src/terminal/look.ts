import type { ITheme } from '@xterm/xterm';

/** The sixteen colours: readable on the page's own ground, light and dark. */
const LIGHT = ['#1c1b1a', '#b3261e', '#146b3e', '#8a5a00', '#2f4bc4', '#8a2fa0', '#0b6b74', '#65635e', '#4d4b47', '#c8372e', '#1a7f4a', '#9c6a00', '#4a63e0', '#a044b8', '#0f7f8a', '#1c1b1a'];
const DARK = ['#2b2b2f', '#ff8f87', '#6fd69e', '#ffcf70', '#9aa4ff', '#e0a3f0', '#74d3dc', '#d6d4cf', '#77757d', '#ffaba5', '#96e6ba', '#ffdf9e', '#b9c0ff', '#edc2f8', '#9fe3ea', '#ffffff'];
const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white', 'brightBlack', 'brightRed', 'brightGreen', 'brightYellow', 'brightBlue', 'brightMagenta', 'brightCyan', 'brightWhite'] as const;

export function theme(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string) => style.getPropertyValue(name).trim();
  const colours = style.colorScheme.includes('dark') ? DARK : LIGHT;
  return {
    background: value('--cv-surface'), foreground: value('--cv-text'), cursor: value('--cv-accent'), cursorAccent: value('--cv-surface'),
    selectionBackground: `${value('--cv-accent')}55`, ...Object.fromEntries(NAMES.map((name, i) => [name, colours[i]])),
  };
}

export const fontFamily = (): string => getComputedStyle(document.documentElement).getPropertyValue('--cv-mono').trim();

/** Calls back when the colours change: by the system, or by hand. */
export function watchTheme(changed: () => void): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  dark.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    dark.removeEventListener('change', changed);
  };
}

const SIZE = 'cv-terminal-size';
const READER = 'cv-terminal-reader';
export const MIN_SIZE = 8;
export const MAX_SIZE = 28;

/** Settings of this browser. */
export const settings = {
  get size(): number {
    const kept = Number(read(SIZE));
    return kept >= MIN_SIZE && kept <= MAX_SIZE ? kept : 13;
  },
  set size(px: number) {
    write(SIZE, String(Math.max(MIN_SIZE, Math.min(MAX_SIZE, px))));
  },
  get reader(): boolean {
    return read(READER) === 'on';
  },
  set reader(on: boolean) {
    write(READER, on ? 'on' : '');
  },
};

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It holds for this page then.
  }
}
