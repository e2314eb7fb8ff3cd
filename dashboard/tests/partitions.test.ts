import { expect, test } from "vitest";
import { countPartitions, partitionTexts } from "../src/lib/partitions";

test("runs of partitions are written by their ends", () => {
  const partitions = { first: [10, 0, 1, 2, 7, 11], other: [4] };
  expect(partitionTexts(partitions)).toEqual(["first 0–2, 7, 10–11", "other 4"]);
  expect(countPartitions(partitions)).toBe(7);
});

test("there may be none", () => {
  expect(partitionTexts({})).toEqual([]);
  expect(countPartitions({})).toBe(0);
});
