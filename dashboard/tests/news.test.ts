import { expect, test } from "vitest";
import { newsOf } from "../src/lib/news";

const issue = (id: string, count: number, status = "unresolved") =>
  ({ id, count, status }) as { id: string; count: number; status: "unresolved" | "resolved" };

const first = [issue("a", 1), issue("b", 5)];

test("new issues and new events are counted", () => {
  expect(newsOf(first, first, [issue("c", 9), issue("b", 7), issue("a", 1)])).toBe(
    "1 new issue, 2 new events",
  );
  expect(newsOf(first, first, [issue("a", 2), issue("b", 5)])).toBe("1 new event");
});

test("an issue of a later page that came to the top is not new, but its events are", () => {
  const loaded = [...first, issue("z", 3)];
  expect(newsOf(loaded, first, [issue("z", 4), issue("a", 1), issue("b", 5)])).toBe("1 new event");
});

test("what only left, or fell, is a change without a number", () => {
  expect(newsOf(first, first, [issue("b", 5)])).toBe("The list has changed");
  expect(newsOf(first, first, [issue("a", 1), issue("b", 4)])).toBe("The list has changed");
});

test("nothing is nothing", () => {
  expect(newsOf(first, first, first)).toBe("");
  expect(newsOf([], [], [])).toBe("");
});
