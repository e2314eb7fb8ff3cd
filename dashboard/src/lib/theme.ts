/** Dark, light, or as the system has it. */

export type Theme = "system" | "light" | "dark";

const SETTING = "stacktide.theme";

export function theme(): Theme {
  const kept = localStorage.getItem(SETTING);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function setTheme(next: Theme): void {
  localStorage.setItem(SETTING, next);
  applyTheme();
}

export function applyTheme(): void {
  const chosen = theme();
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}
