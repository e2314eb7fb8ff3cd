import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { issueQuery } from "../../api/queries";
import type { ErrorRates, Series } from "../../api/types";
import { Sparkline } from "../../components/Sparkline";
import { byName, change, nameOf, sum, total } from "../../lib/rates";
import { number, percent, plural } from "../../lib/text";
import type { Facet } from "../../search";

interface RatesTableProps {
  project: string;
  rates: ErrorRates;
  before?: ErrorRates;
  by: Facet | "none";
  /** How many of the first series are in the chart. */
  drawn: number;
}

export function RatesTable({ project, rates, before, by, drawn }: RatesTableProps) {
  const all = total(sum(rates));
  const earlier = byName(before);
  const titles = useTitles(by === "issue" ? rates.series.map((series) => series.by.issue ?? "") : []);
  return (
    <section className="panel wide-table" aria-label="Table" tabIndex={0} role="region">
      <table className="table rates-table">
        <thead>
          <tr>
            <th>{by === "none" ? "What" : by[0]!.toUpperCase() + by.slice(1)}</th>
            <th className="number">Errors</th>
            <th className="number">Share</th>
            <th className="number">Most in a window</th>
            {before && <th className="number">Before</th>}
            {before && <th className="number">Change</th>}
            <th>Over time</th>
          </tr>
        </thead>
        <tbody>
          {rates.series.map((series, index) => {
            const count = total(series.points);
            const former = total(earlier.get(nameOf(series))?.points ?? []);
            return (
              <tr key={nameOf(series)}>
                <th scope="row">
                  <span
                    className={index < drawn ? `swatch s${(index % 8) + 1}` : "swatch"}
                    aria-hidden="true"
                  />
                  <Name project={project} series={series} by={by} titles={titles} />
                </th>
                <td className="number">{number(count)}</td>
                <td className="number">{percent(count, all)}</td>
                <td className="number">{number(Math.max(0, ...series.points.map((point) => point[1])))}</td>
                {before && <td className="number">{number(former)}</td>}
                {before && <Change value={change(count, former)} />}
                <td className="rates-spark">
                  <Sparkline values={series.points.map((point) => point[1])} label={plural(count, "error")} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** Titles of issues by their ids, as far as they are known. */
function useTitles(issues: string[]): Map<string, string> {
  const found = useQueries({
    queries: issues.map((issue) => ({
      ...issueQuery(issue),
      staleTime: 300_000,
      refetchInterval: false as const,
    })),
  });
  return new Map(found.flatMap(({ data }) => (data ? [[data.id, data.title]] : [])));
}

interface NameProps {
  project: string;
  series: Series;
  by: string;
  titles: Map<string, string>;
}

function Name({ project, series, by, titles }: NameProps) {
  const name = nameOf(series);
  if (by !== "issue") return <span className="data">{name}</span>;
  return (
    <Link
      to="/projects/$project/issues/$issue"
      params={{ project, issue: name }}
      preload={false}
      className="data"
    >
      {titles.get(name) ?? name.slice(0, 12)}
    </Link>
  );
}

function Change({ value }: { value: number | null }) {
  if (value === null) return <td className="number">new</td>;
  const sign = value > 0 ? "+" : "";
  const kind = value > 0.1 ? "worse" : value < -0.1 ? "better" : "";
  return <td className={`number ${kind}`}>{`${sign}${Math.round(value * 100)} %`}</td>;
}
