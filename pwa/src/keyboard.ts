/** Safari lays its keyboard over the page: says in `--cv-keyboard` how much of it is covered. Other browsers make the page smaller. */
export function watchKeyboard(): void {
  const view = window.visualViewport;
  if (!view) return;
  const measure = () => {
    if (view.scale > 1.01) return; // zoomed in by hand
    const covered = Math.round(window.innerHeight - view.height);
    const keyboard = covered > 120 ? covered : 0;
    document.documentElement.style.setProperty('--cv-keyboard', `${keyboard}px`);
    // It also pushes the page up, to show the field; the room is there already.
    if (keyboard > 0 && view.offsetTop > 0) window.scrollTo(0, 0);
  };
  view.addEventListener('resize', measure);
  view.addEventListener('scroll', measure);
}
