// Runs before anything else is loaded: the theme that was chosen, and what the first screen will ask for.
try {
  const theme = localStorage.getItem('cv-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {}
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
