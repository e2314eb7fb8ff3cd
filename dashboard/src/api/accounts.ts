/** Logging in and out, and invitations. */

import { endSession, knownSession, setSession, type Session } from "../session";
import { checkToken, get, send } from "./client";
import type { InvitationShown, Membership, Person, Ways } from "./types";

interface SessionShown {
  user: Person;
  memberships: Membership[];
  csrf_token: string;
}

/** Who is logged in; the server is asked where this page does not know. */
export async function currentSession(): Promise<Session | null> {
  return knownSession() ?? loadSession();
}

async function loadSession(): Promise<Session | null> {
  const shown = await get<SessionShown | undefined>("/session");
  const session: Session | null = shown ? { kind: "user", ...shown } : null;
  setSession(session);
  return session;
}

export const waysToLogIn = () => get<Ways>("/session/ways");

export async function logIn(email: string, password: string): Promise<void> {
  await send("POST", "/session", { email, password });
  await loadSession();
}

export async function logInWithToken(token: string): Promise<void> {
  await checkToken(token);
  setSession({ kind: "token", token });
}

export async function logOut(): Promise<void> {
  if (knownSession()?.kind === "user") await send("DELETE", "/session");
  endSession();
}

export const showInvitation = (secret: string) => get<InvitationShown>("/invitation", { secret });

export interface Acceptance {
  secret: string;
  email?: string;
  name?: string;
  password?: string;
}

export async function acceptInvitation(acceptance: Acceptance): Promise<void> {
  await send("POST", "/invitation", acceptance);
  await loadSession();
}
