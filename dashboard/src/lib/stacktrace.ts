/** Stack traces, for showing and for copying. */

import type { ExceptionValue, Frame } from "../api/types";

/** One line of a shown trace: a frame, or a run of frames outside the application that is folded into one line. */
export type Row =
  { kind: "frame"; index: number; frame: Frame } | { kind: "folded"; first: number; rows: Row[] };

/** Runs shorter than this are shown as they are: folding them hides more than it saves. */
const SHORTEST_RUN = 2;

/** The rows of a trace, the most recent call first unless `oldestFirst`. `index` counts as the event has the frames.
 * Frames outside the application are folded where the trace has any of the application's own. */
export function rowsOf(frames: readonly Frame[], fold: boolean, oldestFirst: boolean): Row[] {
  const rows: Row[] = frames.map((frame, index) => ({ kind: "frame", index, frame }));
  if (!oldestFirst) rows.reverse();
  return fold && frames.some((frame) => frame.in_app) ? foldRuns(rows) : rows;
}

function foldRuns(rows: Row[]): Row[] {
  const folded: Row[] = [];
  let run: Row[] = [];
  const close = () => {
    if (run.length >= SHORTEST_RUN) folded.push({ kind: "folded", first: firstIndex(run), rows: run });
    else folded.push(...run);
    run = [];
  };
  for (const row of rows) {
    if (row.kind === "frame" && !row.frame.in_app) {
      run.push(row);
    } else {
      close();
      folded.push(row);
    }
  }
  close();
  return folded;
}

function firstIndex(rows: Row[]): number {
  const row = rows[0]!;
  return row.kind === "frame" ? row.index : row.first;
}

/** The frame that people want to see: the most recent one of the application, else the most recent. */
export function frameToOpen(frames: readonly Frame[]): number {
  const own = frames.findLastIndex((frame) => frame.in_app === true);
  return own >= 0 ? own : frames.length - 1;
}

/** Frames as they came, before source maps and mappings: those that were inlined into one are that one again. */
export function rawFrames(frames: readonly Frame[]): Frame[] {
  const raw = frames.map(({ raw, in_app }) => (raw ? { ...raw, in_app } : null));
  const same = (index: number) =>
    index > 0 && raw[index] && JSON.stringify(raw[index]) === JSON.stringify(raw[index - 1]);
  return frames.flatMap((frame, index) => (same(index) ? [] : [raw[index] ?? frame]));
}

/** Where a frame is: its file with line and column, else its module, package or address. */
export function placeOf(frame: Frame): string {
  const file = frame.filename ?? frame.abs_path;
  if (file === undefined) return frame.module ?? frame.package ?? frame.instruction_addr ?? "unknown place";
  if (frame.lineno === undefined) return file;
  return frame.colno === undefined ? `${file}:${frame.lineno}` : `${file}:${frame.lineno}:${frame.colno}`;
}

/** A frame's function, with its module where that says more than the file. */
export function functionOf(frame: Frame): string {
  const name = frame.function ?? "<unknown>";
  return frame.module && frame.filename === undefined ? `${frame.module}.${name}` : name;
}

/** Whether a frame has anything to open. */
export function hasDetail(frame: Frame): boolean {
  return frame.context_line !== undefined || Object.keys(frame.vars ?? {}).length > 0;
}

/** Lines of source around a frame, with their numbers where the frame has one. */
export function sourceOf(frame: Frame): { number: number | null; text: string; current: boolean }[] {
  if (frame.context_line === undefined) return [];
  const before = frame.pre_context ?? [];
  const first = frame.lineno === undefined ? null : frame.lineno - before.length;
  return [...before, frame.context_line, ...(frame.post_context ?? [])].map((text, index) => ({
    // An event may claim any line: there is none before the first.
    number: first === null || first + index < 1 ? null : first + index,
    text,
    current: index === before.length,
  }));
}

/** A chain of exceptions as plain text to paste elsewhere: the outermost first, each with its most recent call first. */
export function traceText(exceptions: readonly ExceptionValue[]): string {
  return [...exceptions]
    .reverse()
    .map((exception, index) => `${index ? "Caused by: " : ""}${exceptionText(exception)}`)
    .join("\n");
}

function exceptionText(exception: ExceptionValue): string {
  const head = [exception.type, exception.value].filter(Boolean).join(": ") || "(no type)";
  const frames = [...(exception.stacktrace?.frames ?? [])].reverse();
  return [head, ...frames.map((frame) => `    at ${functionOf(frame)} (${placeOf(frame)})`)].join("\n");
}
