/** Decisions about issues in words. */

import type { Activity, Mute, Resolution } from "../api/types";
import { number, plural } from "./text";
import { duration, fullTime } from "./time";

/** Until when an issue is muted. */
export function muteText(mute: Mute): string {
  const { until, events, users, rate, window, escalating } = mute;
  const within = window ? ` within ${duration(window)}` : "";
  const conditions = [
    until && `until ${fullTime(until * 1000)}`,
    events && `until ${plural(events, "event")}${within}`,
    users && `until ${plural(users, "user")}`,
    rate && `until ${number(rate)} events a minute`,
    escalating && "until it escalates",
  ].filter(Boolean);
  return conditions.length ? conditions.join(" or ") : "for good";
}

/** In what an issue is resolved; empty where any later event contradicts it. */
export function resolutionText(resolution: Resolution): string {
  if (resolution.kind === "in_release") return `in ${resolution.release ?? "a release"}`;
  if (resolution.kind === "in_next_release") {
    return resolution.release ? `in the release after ${resolution.release}` : "in the next release";
  }
  return "";
}

const BY_EVENTS: Record<string, string> = {
  created: "seen for the first time",
  regressed: "back after it was resolved",
  escalating: "far more events than it used to have",
  unmuted: "what it was muted until has come",
};

/** What happened, without who did it. */
export function activityText({ kind, detail }: Activity): string {
  const { release, resolution, mute, assignee, issue } = detail;
  if (Object.hasOwn(BY_EVENTS, kind)) {
    return `${BY_EVENTS[kind]}${typeof release === "string" && release ? `, in ${release}` : ""}`;
  }
  switch (kind) {
    case "resolved":
      return `resolved it ${isObject(resolution) ? resolutionText(resolution as unknown as Resolution) : ""}`.trim();
    case "muted":
      return `muted it ${muteText(isObject(mute) ? mute : {})}`;
    case "unresolved":
      return "opened it again";
    case "assigned":
      return typeof assignee === "string" ? `assigned it to ${assignee}` : "took it from whoever had it";
    case "merged":
      return `merged ${String(issue).slice(0, 8)} into it`;
    case "merged_into":
      return `merged it into ${String(issue).slice(0, 8)}`;
    case "unmerged":
      return `took the merge of ${String(issue).slice(0, 8)} back`;
    case "comment":
      return "wrote";
    default:
      return kind;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
