/** Sums of windowed measures. */

import type { ErrorRates, Measure, Point, Series } from "../api/types";

export const total = (points: readonly Point[]) => points.reduce((sum, point) => sum + (point[1] ?? 0), 0);

/** The mean of the values that there are, or null. */
export function mean(points: readonly Point[]): number | null {
  const values = points.flatMap((point) => (point[1] === null ? [] : [point[1]]));
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}

/** Measures whose values add up, over windows and over series. */
export const ADDS_UP: readonly Measure[] = ["count", "sessions"];

/** What a series is of, in words: the values it is grouped by. */
export function nameOf(series: Series): string {
  const values = Object.entries(series.by).map(([facet, value]) => value || `no ${facet}`);
  return values.join(" · ") || "All";
}

/** Points of several series added up, window by window. */
export function sum(lines: readonly (readonly Point[])[]): Point[] {
  const [first, ...others] = lines;
  if (first === undefined) return [];
  return first.map(([start, value, rate], index) => {
    let [values, perMinute] = [value ?? 0, rate ?? 0];
    for (const line of others) {
      values += line[index]?.[1] ?? 0;
      perMinute += line[index]?.[2] ?? 0;
    }
    return [start, values, perMinute];
  });
}

export interface ReleaseMark {
  release: string;
  /** Unix seconds of the window in which the release was first seen. */
  start: number;
}

/** Where releases first appear in rates grouped by release; one that was there from the first window on began earlier. */
export function releaseMarks(rates: ErrorRates): ReleaseMark[] {
  const marks: ReleaseMark[] = [];
  for (const series of rates.series) {
    const first = series.points.findIndex((point) => (point[1] ?? 0) > 0);
    const release = series.by.release;
    if (release && first > 0) marks.push({ release, start: series.points[first]![0] });
  }
  return marks.sort((a, b) => a.start - b.start);
}
