/** The one place that talks HTTP. */

import { logOut, sessionToken } from "../session";

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

export async function get<Answer>(
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<Answer> {
  const response = await request(address(path, parameters), { signal });
  return (await response.json()) as Answer;
}

/** The answer as text, in the media type asked for. */
export async function getText(path: string, parameters: Parameters, accept: string): Promise<string> {
  const response = await request(address(path, parameters), { headers: { Accept: accept } });
  return response.text();
}

/** Changes something. */
export async function patch<Answer>(path: string, body: unknown): Promise<Answer> {
  const headers = { "Content-Type": "application/json" };
  const response = await request(address(path, {}), { method: "PATCH", headers, body: JSON.stringify(body) });
  return (await response.json()) as Answer;
}

/** Whether a token is known to the server. */
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
  const headers = new Headers(options.headers);
  const token = sessionToken();
  if (token !== null && !headers.has("Authorization")) headers.set("Authorization", `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(url, { ...options, headers });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, "unreachable", "The server cannot be reached. It is asked again in a moment.");
  }
  if (response.ok) return response;
  if (response.status === 401 && token !== null && headers.get("Authorization") === `Bearer ${token}`)
    logOut();
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
