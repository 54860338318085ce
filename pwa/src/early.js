// Runs before anything else is loaded: the theme that was chosen, and what the first screen will ask for.
try {
  const theme = localStorage.getItem('cv-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {}
// A part that was lost on its way, as when a phone changes its network, would leave the page empty for ever. What is lost after the page has
// loaded is its own matter.
{
  let whole = true;
  const lost = ({ target }) => {
    if (!whole || !(target instanceof HTMLScriptElement || (target instanceof HTMLLinkElement && target.rel === 'stylesheet'))) return;
    whole = false;
    let tries = 3;
    try {
      tries = Number(sessionStorage.getItem('cv-lost'));
      sessionStorage.setItem('cv-lost', tries + 1);
    } catch {}
    setTimeout(() => location.reload(), Math.min(1000 * 2 ** tries, 30_000));
    const note = document.getElementById('note');
    if (!note || tries === 0) return;
    note.innerHTML = '<p class="empty" role="status">A part of this page could not be loaded. It comes back by itself.</p>';
    note.hidden = false;
  };
  addEventListener('error', lost, true);
  addEventListener('load', () => {
    removeEventListener('error', lost, true);
    try {
      if (whole) sessionStorage.removeItem('cv-lost');
    } catch {}
  });
}
if (location.pathname === '/') {
  const abort = new AbortController();
  const answer = fetch('/api/v1/live', { headers: { accept: 'text/event-stream' }, cache: 'no-store', signal: abort.signal });
  answer.catch(() => {});
  window.cvEarly = { url: '/api/v1/live', at: performance.now(), answer, abort };
} else {
  const flow = document.querySelector('meta[name=cv-flow]');
  const link = document.createElement('link');
  link.rel = 'modulepreload';
  link.href = location.pathname.startsWith('/c/') || !flow ? '/live/conversation.js' : flow.content;
  document.head.append(link);
}
