/** Rules in words, and what a new one begins with. */

import type { ChangeKind, Condition, RuleDraft } from "../api/alertTypes";
import type { Point } from "../api/types";
import { number } from "./text";
import { duration } from "./time";

export type ConditionKind = Condition["kind"];

export const KINDS: readonly (readonly [kind: ConditionKind, label: string])[] = [
  ["new_issue", "A new issue"],
  ["regression", "A resolved issue is back"],
  ["escalation", "An issue escalates"],
  ["unmuted", "A muted issue is back"],
  ["count", "Too many events"],
  ["rate", "Too many events a minute"],
  ["users", "Too many users affected"],
  ["change", "More or fewer events than before"],
  ["silence", "No events"],
  ["crash_free", "Too many crashed sessions"],
];

const CHANGES: readonly string[] = [
  "new_issue",
  "regression",
  "escalation",
  "unmuted",
] satisfies ChangeKind[];

/** Whether a rule is about issues, one by one, rather than about numbers of events. */
export const isAboutIssues = (kind: string) => CHANGES.includes(kind);

/** What a condition of a kind begins with; a window is kept where there was one. */
export function conditionOf(kind: ConditionKind, before?: Condition): Condition {
  const window = before && "window" in before ? before.window : 300;
  const above = before && "above" in before ? before.above : 100;
  switch (kind) {
    case "count":
    case "rate":
      return { kind, window, above, windows: 1, of: 1, resolve_below: null };
    case "users":
      return { kind, window, above, resolve_below: null };
    case "change":
      return { kind, window, percent: 100, against: "previous", minimum: 10 };
    case "silence":
      return { kind, window };
    case "crash_free":
      return { kind, window: 3_600, below: 99, measure: "sessions", minimum: 50 };
    default:
      return { kind };
  }
}

export const newDraft = (): RuleDraft => ({
  name: "",
  condition: { kind: "new_issue" },
  enabled: true,
  severity: "warning",
  query: "",
  environment: "",
  release: "",
  issue: "",
  per: "",
  channels: [],
  cooldown: 0,
  digest: 0,
});

/** A draft without what its kind of condition does not have. */
export function tidied(draft: RuleDraft): RuleDraft {
  const { kind } = draft.condition;
  const apart = kind === "silence" && draft.per !== "environment" ? "" : draft.per;
  return isAboutIssues(kind) ? { ...draft, per: "" } : { ...draft, per: apart, digest: 0 };
}

/** Whether all numbers are there. */
export const isComplete = (draft: RuleDraft) =>
  ![draft.cooldown, draft.digest, ...Object.values(draft.condition)].some(Number.isNaN);

/** A condition as a sentence. */
export function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case "count":
    case "rate": {
      const unit = condition.kind === "count" ? "events" : "events a minute";
      const { window, above, windows = 1, of = 1 } = condition;
      const often = of > 1 ? `, in ${windows} of ${of} windows` : "";
      return `More than ${number(above)} ${unit} in ${duration(window)}${often}`;
    }
    case "users":
      return `More than ${number(condition.above)} users in ${duration(condition.window)}`;
    case "change": {
      const { percent, window, against } = condition;
      const than = against === "week" ? "a week before" : "the window before";
      return `${number(Math.abs(percent))} % ${percent < 0 ? "fewer" : "more"} events in ${duration(window)} than ${than}`;
    }
    case "silence":
      return `No event for ${duration(condition.window)}`;
    case "crash_free":
      return `Less than ${number(condition.below)} % of ${condition.measure ?? "sessions"} crash-free in ${duration(condition.window)}`;
    default:
      return KINDS.find(([kind]) => kind === condition.kind)?.[1] ?? condition.kind;
  }
}

/** How many of some moments (Unix seconds) lie in each of `bars` equal parts of the time from `start` to `end`. */
export function perBar(moments: readonly number[], start: number, end: number, bars: number): Point[] {
  const width = (end - start) / bars;
  const points: Point[] = Array.from({ length: bars }, (_, index) => [start + index * width, 0, null]);
  for (const moment of moments) {
    const point = points[Math.min(bars - 1, Math.max(0, Math.floor((moment - start) / width)))]!;
    point[1] = (point[1] ?? 0) + 1;
  }
  return points;
}
