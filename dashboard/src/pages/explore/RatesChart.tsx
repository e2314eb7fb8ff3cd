/** Lines, or stacked areas, of several series with uPlot. The table below the chart says the same in text. */

import "uplot/dist/uPlot.min.css";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import type { ErrorRates, Measure } from "../../api/types";
import { ADDS_UP, nameOf, sum } from "../../lib/rates";

interface RatesChartProps {
  rates: ErrorRates;
  stacked: boolean;
}

const HEIGHT = 280;
const WHOLE_MEASURES: readonly Measure[] = ["count", "users", "sessions"];
/** Steps of an axis of whole numbers. */
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6, 1e7];

export default function RatesChart({ rates, stacked }: RatesChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const appearance = useAppearance();
  const label = `${rates.series.length} lines over time; the table below has their figures`;
  useEffect(() => {
    const element = box.current!;
    const chart = new uPlot(options(element, rates, stacked), dataOf(rates, stacked), element);
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [rates, stacked, appearance]);
  return <div ref={box} className="rates-chart" role="img" aria-label={label} />;
}

/** Changes when light and dark change, for canvases must be drawn anew then. */
function useAppearance(): string {
  const [appearance, setAppearance] = useState("");
  useEffect(() => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    const read = () => setAppearance(`${media.matches} ${document.documentElement.dataset.theme}`);
    const observer = new MutationObserver(read);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    media.addEventListener("change", read);
    return () => {
      observer.disconnect();
      media.removeEventListener("change", read);
    };
  }, []);
  return appearance;
}

function dataOf(rates: ErrorRates, stacked: boolean): uPlot.AlignedData {
  const times = rates.series[0]?.points.map((point) => point[0]) ?? [];
  const values = rates.series.map((series) => series.points.map((point) => point[1]));
  if (stacked) {
    // The last series lies at the bottom: each is drawn down to the axis, over those above it.
    for (let index = values.length - 2; index >= 0; index--) {
      values[index] = values[index]!.map((value, at) => (value ?? 0) + (values[index + 1]![at] ?? 0));
    }
  }
  return [times, ...values, ...earlier(rates)];
}

/** The period before as one line: all series added up, where they add up; else only where there is one series. */
function earlier(rates: ErrorRates): (number | null)[][] {
  const lines = rates.series.flatMap((series) => (series.previous ? [series.previous] : []));
  if (lines.length === 0 || (lines.length > 1 && !ADDS_UP.includes(rates.measure))) return [];
  return [(lines.length > 1 ? sum(lines) : lines[0]!).map((point) => point[1])];
}

function options(element: HTMLElement, rates: ErrorRates, stacked: boolean): uPlot.Options {
  const colour = (name: string) => resolved(element, name);
  const [text, line] = [colour("--text-faint"), colour("--line")];
  const axis = {
    stroke: text,
    font: "12px system-ui, sans-serif",
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  };
  const series: uPlot.Series[] = rates.series.map((one, index) => ({
    label: nameOf(one),
    stroke: colour(`--series-${(index % 8) + 1}`),
    fill: stacked ? colour(`--series-${(index % 8) + 1}`) : undefined,
    width: 1.75,
    points: { show: false },
  }));
  if (earlier(rates).length) {
    series.push({
      label: "Period before",
      stroke: text,
      dash: [5, 4],
      width: 1.5,
      points: { show: false },
    });
  }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    series: [{}, ...series],
    axes: [axis, { ...axis, size: 56, incrs: WHOLE_MEASURES.includes(rates.measure) ? WHOLE : undefined }],
    scales: { y: { range: (_chart, _low, high) => [0, (high || 1) * 1.08] } },
    legend: { live: false, show: false },
    cursor: { points: { size: 7 }, y: false },
  };
}

/** A custom property's colour as canvases take it. */
function resolved(element: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
