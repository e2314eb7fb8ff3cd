/** The one place that talks HTTP. */

import { endSession, knownSession } from "../session";

export type Parameters = Record<string, string | number | string[] | undefined>;

/** What the API refused: `message` says what to do about it, `status` is 0 where no answer came at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly detail: Record<string, unknown> | null = null,
  ) {
    super(message);
  }
}

/** Undefined where the answer is empty. */
export async function get<Answer>(
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<Answer> {
  const response = await request(address(path, parameters), { signal });
  return answerOf<Answer>(response);
}

/** The answer as text, in the media type asked for. */
export async function getText(path: string, parameters: Parameters, accept: string): Promise<string> {
  const response = await request(address(path, parameters), { headers: { Accept: accept } });
  return response.text();
}

/** Changes something; undefined where the answer is empty. */
export async function send<Answer = undefined>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
): Promise<Answer> {
  const headers = { "Content-Type": "application/json" };
  const response = await request(address(path, {}), { method, headers, body: JSON.stringify(body) });
  return answerOf<Answer>(response);
}

const answerOf = async <Answer>(response: Response) =>
  (response.status === 204 ? undefined : await response.json()) as Answer;

/** What is answered to a POST as text. */
export async function sendForText(path: string, body: unknown): Promise<string> {
  const headers = { "Content-Type": "application/json" };
  const response = await request(address(path, {}), { method: "POST", headers, body: JSON.stringify(body) });
  return response.text();
}

/** The body of an answer that does not end by itself, resumed after the event with the id `last` where that is not empty. */
export async function stream(
  path: string,
  last: string,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const headers = last ? { "Last-Event-ID": last } : undefined;
  const response = await request(address(path, {}), { headers, signal });
  if (response.body === null) throw new ApiError(0, "unreachable", "The answer has no body.");
  return response.body;
}

/** Whether a token is known to the server: fails where it is not. */
export async function checkToken(token: string): Promise<void> {
  await request(address("/projects", {}), { headers: { Authorization: `Bearer ${token}` } });
}

/** Path segments are encoded by the caller; a parameter that is undefined or empty is left out. */
export function address(path: string, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === "") continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  const text = query.toString();
  return `/api/v1${path}${text ? `?${text}` : ""}`;
}

async function request(url: string, options: RequestInit): Promise<Response> {
  const session = knownSession();
  const headers = new Headers(options.headers);
  if (session?.kind === "token" && !headers.has("Authorization")) {
    headers.set("Authorization", `Bearer ${session.token}`);
  }
  if (session?.kind === "user") headers.set("X-CSRF-Token", session.csrf_token);
  let response: Response;
  try {
    response = await fetch(url, { ...options, headers });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, "unreachable", "The server cannot be reached. It is asked again in a moment.");
  }
  if (response.ok) return response;
  // Only a refusal of this session ends it, not one of a token that is being tried or of an old one.
  if (response.status === 401 && session && session === knownSession()) endSession();
  throw await readError(response);
}

async function readError(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as {
      error: { code: string; message: string; detail: Record<string, unknown> | null };
    };
    return new ApiError(response.status, error.code, error.message, error.detail);
  } catch {
    return new ApiError(
      response.status,
      "unknown",
      `The server answered ${response.status} without saying why.`,
    );
  }
}
