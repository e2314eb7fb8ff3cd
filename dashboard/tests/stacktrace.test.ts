import { expect, test } from "vitest";
import type { Frame } from "../src/api/types";
import { frameToOpen, placeOf, rowsOf, sourceOf, traceText, type Row } from "../src/lib/stacktrace";

const own = (name: string): Frame => ({ function: name, in_app: true });
const library = (name: string): Frame => ({ function: name, in_app: false });

/** A trace's rows in short: a name each, and the number of frames that are folded. */
const shape = (rows: Row[]) =>
  rows.map((row) => (row.kind === "frame" ? row.frame.function : row.rows.length));

test("runs of library frames are folded, single ones are not", () => {
  const frames = [library("a"), library("b"), own("c"), library("d"), own("e"), library("f"), library("g")];
  expect(shape(rowsOf(frames, true, true))).toEqual([2, "c", "d", "e", 2]);
  expect(shape(rowsOf(frames, true, false))).toEqual([2, "e", "d", "c", 2]);
  expect(shape(rowsOf(frames, false, false))).toEqual(["g", "f", "e", "d", "c", "b", "a"]);
});

test("a trace without frames of the application is not folded away", () => {
  expect(shape(rowsOf([library("a"), library("b")], true, false))).toEqual(["b", "a"]);
});

test("the most recent frame of the application is opened, else the most recent", () => {
  expect(frameToOpen([own("a"), own("b"), library("c")])).toBe(1);
  expect(frameToOpen([library("a"), library("b")])).toBe(1);
  expect(frameToOpen([])).toBe(-1);
});

test("a frame's place is the best that is known", () => {
  expect(placeOf({ filename: "app.js", lineno: 3, colno: 7 })).toBe("app.js:3:7");
  expect(placeOf({ filename: "app.py", lineno: 3 })).toBe("app.py:3");
  expect(placeOf({ instruction_addr: "0x10" })).toBe("0x10");
  expect(placeOf({})).toBe("unknown place");
});

test("source lines are numbered around the frame's", () => {
  const frame = { lineno: 10, pre_context: ["a", "b"], context_line: "c", post_context: ["d"] };
  expect(sourceOf(frame).map((line) => [line.number, line.text, line.current])).toEqual([
    [8, "a", false],
    [9, "b", false],
    [10, "c", true],
    [11, "d", false],
  ]);
  expect(sourceOf({ context_line: "c" })[0]!.number).toBeNull();
  expect(sourceOf({ ...frame, lineno: 2 }).map((line) => line.number)).toEqual([null, 1, 2, 3]);
  expect(sourceOf({})).toEqual([]);
});

test("a chain is copied with the outermost exception first", () => {
  const chain = [
    {
      type: "OSError",
      value: "disk",
      stacktrace: { frames: [{ function: "read", filename: "io.py", lineno: 1 }] },
    },
    { type: "AppError", value: "no report" },
  ];
  expect(traceText(chain)).toBe("AppError: no report\nCaused by: OSError: disk\n    at read (io.py:1)");
});
