/** Who is logged in: an API token, kept for this tab only and never written into a page or an address. */

const KEY = "stacktide.token";
const listeners = new Set<() => void>();

export function sessionToken(): string | null {
  return sessionStorage.getItem(KEY);
}

export function logIn(token: string): void {
  sessionStorage.setItem(KEY, token);
  listeners.forEach((listener) => listener());
}

export function logOut(): void {
  sessionStorage.removeItem(KEY);
  listeners.forEach((listener) => listener());
}

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
