import { expect, test } from "vitest";
import type { ErrorRates, Point } from "../src/api/types";
import { mean, nameOf, releaseMarks, sum, total } from "../src/lib/rates";
import { ago, duration, fullTime, periodStart } from "../src/lib/time";

const points = (...counts: number[]): Point[] => counts.map((count, index) => [index * 60, count, count]);
const rates: ErrorRates = {
  measure: "count",
  window: 60,
  step: 60,
  truncated: false,
  series: [
    { by: { release: "1.0" }, points: points(3, 1, 0) },
    { by: { release: "1.1" }, points: points(0, 2, 5) },
    { by: { release: "" }, points: points(0, 0, 1) },
  ],
};

test("series are added up window by window", () => {
  const added = sum(rates.series.map((series) => series.points));
  expect(added.map((point) => point[1])).toEqual([3, 3, 6]);
  expect(total(added)).toBe(12);
  expect(sum([])).toEqual([]);
});

test("releases that were there from the first window on are not marked as new", () => {
  expect(releaseMarks(rates)).toEqual([{ release: "1.1", start: 60 }]);
});

test("a series without a value says so", () => {
  expect(rates.series.map(nameOf)).toEqual(["1.0", "1.1", "no release"]);
  expect(nameOf({ by: {}, points: [] })).toBe("All");
});

test("windows without a value do not count in a mean", () => {
  expect(mean([...points(2, 4), [120, null, null]])).toBe(3);
  expect(mean([[0, null, null]])).toBeNull();
});

test("periods begin on a whole bar and follow each other without a gap", () => {
  const now = 1_795_400_123_456;
  expect(periodStart("24h", 1, now) % 1800).toBe(0);
  expect(periodStart("24h", 1, now) - periodStart("24h", 2, now)).toBe(86_400);
  expect(periodStart("24h", 0, now)).toBeGreaterThan(now / 1000);
});

test("ages have one unit, and a clock that is ahead is now", () => {
  const at = (seconds: number) => ago(-seconds * 1000, 0);
  expect([at(-100), at(59), at(61), at(7_200), at(86_400 * 3)]).toEqual([
    "now",
    "59 s",
    "1 min",
    "2 h",
    "3 d",
  ]);
  expect([duration(90), duration(300), duration(86_400)]).toEqual(["90 s", "5 min", "1 d"]);
});

test("times that are none do not break a page", () => {
  expect([fullTime(NaN), fullTime(Infinity), fullTime(1e300)]).toEqual(["unknown", "unknown", "unknown"]);
});
