import { expect, test } from "vitest";
import { conditionOf, conditionText, isComplete, newDraft, perBar, tidied } from "../src/lib/rules";

test("a condition of another kind keeps the window and the threshold", () => {
  const count = conditionOf("count", { kind: "users", window: 600, above: 7 });
  expect(count).toEqual({ kind: "count", window: 600, above: 7, windows: 1, of: 1, resolve_below: null });
  expect(conditionOf("new_issue", count)).toEqual({ kind: "new_issue" });
});

test("conditions are said in words", () => {
  expect(conditionText({ kind: "count", window: 300, above: 100, windows: 2, of: 3 })).toBe(
    "More than 100 events in 5 min, in 2 of 3 windows",
  );
  expect(conditionText({ kind: "change", window: 3600, percent: -50, against: "week" })).toBe(
    "50 % fewer events in 1 h than a week before",
  );
});

test("a draft has nothing that its kind does not have", () => {
  const draft = { ...newDraft(), per: "issue" as const, digest: 60 };
  expect(tidied(draft).per).toBe("");
  expect(tidied({ ...draft, condition: conditionOf("silence") })).toMatchObject({ per: "", digest: 0 });
});

test("a draft without a number is not complete", () => {
  expect(isComplete(newDraft())).toBe(true);
  expect(isComplete({ ...newDraft(), condition: { kind: "count", window: 60, above: NaN } })).toBe(false);
});

test("moments are counted by bars, the edges in the first and the last", () => {
  expect(perBar([0, 9, 10, 20], 0, 20, 2).map((point) => point[1])).toEqual([2, 2]);
});
