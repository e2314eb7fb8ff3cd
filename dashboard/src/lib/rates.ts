/** Sums and comparisons of windowed counts. */

import type { ErrorRates, EventSummary, Point, Series } from "../api/types";

export const total = (points: readonly Point[]) => points.reduce((sum, point) => sum + point[1], 0);

/** What a series is of, in words: the values it is grouped by. */
export function nameOf(series: Series): string {
  const values = Object.entries(series.by).map(([facet, value]) => value || `no ${facet}`);
  return values.join(" · ") || "All errors";
}

/** Change from one count to another, as a share of the former: null where there was nothing before. */
export function change(now: number, before: number): number | null {
  return before === 0 ? null : (now - before) / before;
}

/** Series of an earlier period by the name of their facet values. */
export function byName(rates: ErrorRates | undefined): Map<string, Series> {
  return new Map((rates?.series ?? []).map((series) => [nameOf(series), series]));
}

/** All series added up, window by window. */
export function sum(rates: ErrorRates): Point[] {
  const [first, ...others] = rates.series;
  if (first === undefined) return [];
  return first.points.map(([start, count, rate], index) => {
    let [counts, perMinute] = [count, rate];
    for (const series of others) {
      counts += series.points[index]?.[1] ?? 0;
      perMinute += series.points[index]?.[2] ?? 0;
    }
    return [start, counts, perMinute];
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
    const first = series.points.findIndex((point) => point[1] > 0);
    const release = series.by.release;
    if (release && first > 0) marks.push({ release, start: series.points[first]![0] });
  }
  return marks.sort((a, b) => a.start - b.start);
}

export interface TagValues {
  name: string;
  /** Most frequent first. */
  values: { value: string; count: number }[];
  /** Events that have the tag. */
  count: number;
}

/** How the values of each tag are distributed over some events; environment, release, level and user count as tags. */
export function distributions(events: readonly EventSummary[]): TagValues[] {
  const counts = new Map<string, Map<string, number>>();
  for (const event of events) {
    const { environment, release, level, user } = event;
    for (const [name, value] of Object.entries({ environment, release, level, user, ...event.tags })) {
      if (!value) continue;
      const values = counts.get(name) ?? new Map<string, number>();
      counts.set(name, values.set(value, (values.get(value) ?? 0) + 1));
    }
  }
  return [...counts].map(([name, values]) => {
    const sorted = [...values].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
    return { name, values: sorted, count: sorted.reduce((all, { count }) => all + count, 0) };
  });
}
