import type { Terminal } from '@xterm/xterm';

const LONG_PRESS_MS = 550;
const STILL_PX = 8;

/**
 * A finger moves the text, or, when the program in it wants the mouse, turns its wheel; a long press is `held`.
 *
 * @returns takes it away again
 */
export function scrollByTouch(place: HTMLElement, term: Terminal, held: () => void): () => void {
  let y = 0;
  let rest = 0;
  let moved = false;
  let press: ReturnType<typeof setTimeout> | undefined;
  const start = (event: TouchEvent) => {
    clearTimeout(press);
    if (event.touches.length !== 1) return;
    y = event.touches[0]!.clientY;
    rest = 0;
    moved = false;
    press = setTimeout(held, LONG_PRESS_MS);
  };
  const move = (event: TouchEvent) => {
    if (event.touches.length !== 1) return;
    const touch = event.touches[0]!;
    if (!moved && Math.abs(touch.clientY - y) < STILL_PX) return;
    clearTimeout(press);
    moved = true;
    event.preventDefault();
    rest += y - touch.clientY;
    y = touch.clientY;
    const line = place.clientHeight / term.rows;
    const lines = Math.trunc(rest / line);
    if (lines === 0) return;
    rest -= lines * line;
    if (term.modes.mouseTrackingMode === 'none') term.scrollLines(lines);
    else turn(lines, line, touch);
  };
  const turn = (lines: number, line: number, at: Touch) => {
    const screen = place.querySelector('.xterm-screen');
    for (let i = 0; i < Math.abs(lines); i++) {
      screen?.dispatchEvent(new WheelEvent('wheel', { deltaY: Math.sign(lines) * line, clientX: at.clientX, clientY: at.clientY, bubbles: true, cancelable: true }));
    }
  };
  const end = () => clearTimeout(press);
  place.addEventListener('touchstart', start, { passive: true });
  place.addEventListener('touchmove', move, { passive: false });
  for (const over of ['touchend', 'touchcancel']) place.addEventListener(over, end);
  return () => {
    end();
    place.removeEventListener('touchstart', start);
    place.removeEventListener('touchmove', move);
    for (const over of ['touchend', 'touchcancel']) place.removeEventListener(over, end);
  };
}
