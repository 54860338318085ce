/** Light or dark as chosen in Settings; without a choice, as the system says. */
try {
  const chosen = localStorage.getItem('cv-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is blocked: the system's choice.
}
