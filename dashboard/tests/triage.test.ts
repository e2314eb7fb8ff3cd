import { expect, test } from "vitest";
import type { Activity } from "../src/api/types";
import { activityText, muteText, resolutionText } from "../src/lib/triage";

const activity = (kind: string, detail: Activity["detail"]): Activity => ({
  id: "1",
  issue_id: "2",
  at: "2026-01-01T00:00:00Z",
  kind,
  by: null,
  detail,
});

test("a mute says every condition", () => {
  expect(muteText({})).toBe("for good");
  expect(muteText({ events: 100, window: 3600, users: 1, escalating: true })).toBe(
    "until 100 events within 1 h or until 1 user or until it escalates",
  );
});

test("a resolution names its release", () => {
  expect(resolutionText({ kind: "now" })).toBe("");
  expect(resolutionText({ kind: "in_release", release: "shop@1.5" })).toBe("in shop@1.5");
});

test.each([
  ["regressed", { release: "a@1" }, "back after it was resolved, in a@1"],
  ["resolved", {}, "resolved it"],
  ["resolved", { resolution: { kind: "in_release", release: "a@2" } }, "resolved it in a@2"],
  ["muted", { mute: { users: 5 } }, "muted it until 5 users"],
  ["assigned", { assignee: null }, "took it from whoever had it"],
  ["merged", { issue: "0123456789abcdef" }, "merged 01234567 into it"],
  ["constructor", {}, "constructor"],
])("%s is said in words", (kind, detail, text) => {
  expect(activityText(activity(kind, detail))).toBe(text);
});
