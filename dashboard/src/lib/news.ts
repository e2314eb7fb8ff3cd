/** What has happened to a list of issues since it was loaded. */

import type { Issue } from "../api/types";
import { plural } from "./text";

type Seen = Pick<Issue, "id" | "count" | "status">;

/** "2 new issues, 31 new events": what the newest first page has that the loaded issues have not. Empty where nothing has
 * changed; counts that only fell, and issues that left, are a change without a number. */
export function newsOf(loaded: readonly Seen[], first: readonly Seen[], newest: readonly Seen[]): string {
  const known = new Map(loaded.map((issue) => [issue.id, issue]));
  const issues = newest.filter(({ id }) => !known.has(id)).length;
  const events = newest.reduce((sum, { id, count }) => {
    const before = known.get(id);
    return before ? sum + Math.max(0, count - before.count) : sum;
  }, 0);
  const parts = [issues && plural(issues, "new issue"), events && plural(events, "new event")].filter(
    Boolean,
  );
  if (parts.length > 0) return parts.join(", ");
  return versionOf(first) === versionOf(newest) ? "" : "The list has changed";
}

const versionOf = (issues: readonly Seen[]) =>
  issues.map(({ id, count, status }) => `${id} ${count} ${status}`).join();
