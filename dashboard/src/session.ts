/** Who is logged in, as far as this page knows: a user with a cookie, which the page cannot read, or whoever pasted an API
 * token, which is kept for this tab only and never written into a page or an address. */

import type { Membership, Person } from "./api/types";

export type Session =
  | { kind: "user"; user: Person; memberships: Membership[]; csrf_token: string }
  | { kind: "token"; token: string };

const KEY = "stacktide.token";
/** Says that somebody was logged in in this browser when it was last asked; it holds nothing about them. */
const HERE = "stacktide.here";
const listeners = new Set<() => void>();
/** Undefined where the server has not been asked yet. */
let known: Session | null | undefined = storedToken();

function storedToken(): Session | undefined {
  const token = sessionStorage.getItem(KEY);
  return token === null ? undefined : { kind: "token", token };
}

export const knownSession = () => known;

/** Whether it is likely that somebody is there, before the server has been asked. */
export const isSomebodyLikely = () => known !== undefined || localStorage.getItem(HERE) !== null;

/** Take note of who is there, without telling anybody: pages that wait for it ask. */
export function setSession(session: Session | null): void {
  known = session;
  if (session?.kind === "user") localStorage.setItem(HERE, "");
  else localStorage.removeItem(HERE);
  if (session?.kind === "token") sessionStorage.setItem(KEY, session.token);
  else sessionStorage.removeItem(KEY);
}

/** The session is over: every page hears of it. */
export function endSession(): void {
  setSession(null);
  listeners.forEach((listener) => listener());
}

export function onSessionEnd(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
