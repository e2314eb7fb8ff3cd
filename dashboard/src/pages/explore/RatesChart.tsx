/** Lines, or stacked areas, of several series with uPlot. The table below the chart says the same in text. */

import "uplot/dist/uPlot.min.css";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import type { ErrorRates } from "../../api/types";
import { nameOf, sum } from "../../lib/rates";
import { number } from "../../lib/text";

interface RatesChartProps {
  rates: ErrorRates;
  before?: ErrorRates;
  stacked: boolean;
}

const HEIGHT = 280;

export default function RatesChart({ rates, before, stacked }: RatesChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const appearance = useAppearance();
  const label = `${rates.series.length} series of errors over time; the table below has their figures`;
  useEffect(() => {
    const element = box.current!;
    const chart = new uPlot(
      options(element, rates, before !== undefined, stacked),
      dataOf(rates, before, stacked),
      element,
    );
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [rates, before, stacked, appearance]);
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

function dataOf(rates: ErrorRates, before: ErrorRates | undefined, stacked: boolean): uPlot.AlignedData {
  const times = rates.series[0]?.points.map((point) => point[0]) ?? [];
  const counts = rates.series.map((series) => series.points.map((point) => point[1]));
  if (stacked) {
    // The last series lies at the bottom: each is drawn down to the axis, over those above it.
    for (let index = counts.length - 2; index >= 0; index--) {
      counts[index] = counts[index]!.map((count, at) => count + counts[index + 1]![at]!);
    }
  }
  const earlier = before ? [times.map((_, at) => sum(before)[at]?.[1] ?? 0)] : [];
  return [times, ...counts, ...earlier];
}

function options(
  element: HTMLElement,
  rates: ErrorRates,
  compared: boolean,
  stacked: boolean,
): uPlot.Options {
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
    value: (_chart, value, _series, at) =>
      at === null ? "" : number(rates.series[index]!.points[at!]?.[1] ?? value),
  }));
  if (compared) {
    series.push({
      label: "Period before, in all",
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
    axes: [
      axis,
      { ...axis, size: 52, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6, 1e7] },
    ],
    scales: { y: { range: (_chart, _low, high) => [0, Math.max(1, high * 1.08)] } },
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
