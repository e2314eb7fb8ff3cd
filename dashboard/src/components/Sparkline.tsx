/** Small charts of bars, in SVG. */

import { useState, type PointerEvent } from "react";
import type { Point } from "../api/types";
import { total, type ReleaseMark } from "../lib/rates";
import { number, plural } from "../lib/text";
import { day, minute } from "../lib/time";

/** Bars without axes, for a row of a list. What it shows is also said in words. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const most = Math.max(1, ...values);
  const width = 100 / values.length;
  return (
    <svg
      className="bars"
      viewBox="0 0 100 24"
      preserveAspectRatio="none"
      height="24"
      role="img"
      aria-label={label}
    >
      {values.map((value, index) => {
        const height = value === 0 ? 1 : Math.max(2, (value / most) * 24);
        return (
          <rect
            key={index}
            className={value === 0 ? "track" : undefined}
            x={index * width + width * 0.1}
            y={24 - height}
            width={width * 0.8}
            height={height}
          />
        );
      })}
    </svg>
  );
}

interface BarChartProps {
  points: readonly Point[];
  /** Seconds of one bar. */
  window: number;
  marks?: readonly ReleaseMark[];
  height?: number;
  noun?: string;
}

/** Bars over time with a reading of the one that is pointed at, and marks where releases began. */
export function BarChart({ points, window, marks = [], height = 84, noun = "event" }: BarChartProps) {
  const [at, setAt] = useState<number | null>(null);
  const most = Math.max(1, ...points.map((point) => point[1] ?? 0));
  const width = 1000 / Math.max(1, points.length);
  const all = total(points);
  const first = points[0]?.[0] ?? 0;
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const index = Math.floor(((event.clientX - box.left) / box.width) * points.length);
    setAt(Math.min(points.length - 1, Math.max(0, index)));
  };
  const shown = at === null ? undefined : points[at];
  return (
    <div className="chart">
      <svg
        className="bars"
        viewBox={`0 0 1000 ${height}`}
        preserveAspectRatio="none"
        height={height}
        role="img"
        aria-label={summary(points, all, noun)}
        onPointerMove={point}
        onPointerLeave={() => setAt(null)}
      >
        {points.map(([start, value], index) => {
          const count = value ?? 0;
          const tall = count === 0 ? 1 : Math.max(2, (count / most) * (height - 4));
          return (
            <rect
              key={start}
              className={count === 0 ? "track" : undefined}
              opacity={at === null || at === index ? 1 : 0.55}
              x={index * width + width * 0.1}
              y={height - tall}
              width={width * 0.8}
              height={tall}
            />
          );
        })}
        {marks.map((mark) => {
          const x = ((mark.start - first) / window) * width;
          return (
            <line
              key={mark.release}
              className="mark"
              x1={x}
              x2={x}
              y1={0}
              y2={height}
              vectorEffect="non-scaling-stroke"
            >
              <title>{`First in ${mark.release}`}</title>
            </line>
          );
        })}
      </svg>
      <div className="chart-reading" aria-hidden="true">
        {shown ? (
          <span>{`${minute(shown[0] * 1000)}: ${plural(shown[1] ?? 0, noun)}`}</span>
        ) : (
          <>
            <span>{first ? day(first * 1000) : ""}</span>
            <span>{`most ${number(most)} a bar`}</span>
            <span>now</span>
          </>
        )}
      </div>
    </div>
  );
}

function summary(points: readonly Point[], all: number, noun: string): string {
  const peak = points.reduce<Point | null>(
    (high, point) => (high && (high[1] ?? 0) >= (point[1] ?? 0) ? high : point),
    null,
  );
  if (!peak || all === 0) return `No ${noun}s in this time`;
  return `${plural(all, noun)} in ${points.length} bars; most, ${number(peak[1] ?? 0)}, at ${minute(peak[0] * 1000)}`;
}
