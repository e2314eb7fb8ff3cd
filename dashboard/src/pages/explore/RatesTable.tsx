import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { titlesQuery } from "../../api/queries";
import type { ErrorRates, Series } from "../../api/types";
import { Sparkline } from "../../components/Sparkline";
import { written } from "../../lib/measures";
import { ADDS_UP, mean, nameOf, total } from "../../lib/rates";
import { percent } from "../../lib/text";
import type { Facet } from "../../search";

interface RatesTableProps {
  project: string;
  rates: ErrorRates;
  by: Facet | "none";
  /** How many of the first series are in the chart. */
  drawn: number;
}

/** The series in figures: sums and shares of what adds up, means of what does not. */
export function RatesTable({ project, rates, by, drawn }: RatesTableProps) {
  const { measure, series } = rates;
  const addsUp = ADDS_UP.includes(measure);
  const compared = series.some((one) => one.previous !== undefined);
  const all = series.reduce((sum, one) => sum + total(one.points), 0);
  const issues = by === "issue" ? series.flatMap((one) => one.by.issue ?? []) : [];
  const { data: titles } = useQuery({ ...titlesQuery(project, issues), enabled: issues.length > 0 });
  const whole = (points: Series["points"]) => (addsUp ? total(points) : mean(points));
  return (
    <section className="panel wide-table" aria-label="Table" tabIndex={0}>
      <table className="table rates-table">
        <thead>
          <tr>
            <th>{by === "none" ? "What" : by[0]!.toUpperCase() + by.slice(1)}</th>
            <th className="number">{addsUp ? "In all" : "Mean"}</th>
            {addsUp && <th className="number">Share</th>}
            <th className="number">Most in a window</th>
            {compared && <th className="number">Before</th>}
            {compared && <th className="number">Change</th>}
            <th>Over time</th>
          </tr>
        </thead>
        <tbody>
          {series.map((one, index) => {
            const values = one.points.map((point) => point[1] ?? 0);
            const said = written(measure, whole(one.points));
            return (
              <tr key={nameOf(one)}>
                <th scope="row">
                  <span
                    className={index < drawn ? `swatch s${(index % 8) + 1}` : "swatch"}
                    aria-hidden="true"
                  />
                  <Name project={project} series={one} by={by} titles={titles} />
                </th>
                <td className="number">{said}</td>
                {addsUp && <td className="number">{percent(total(one.points), all)}</td>}
                <td className="number">{written(measure, Math.max(0, ...values))}</td>
                {compared && <td className="number">{written(measure, whole(one.previous ?? []))}</td>}
                {compared && <Change value={one.change ?? null} />}
                <td className="rates-spark">
                  <Sparkline values={values} label={`${nameOf(one)}: ${said}`} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

interface NameProps {
  project: string;
  series: Series;
  by: string;
  titles: Map<string, string> | undefined;
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
      {titles?.get(name) ?? name.slice(0, 12)}
    </Link>
  );
}

function Change({ value }: { value: number | null }) {
  if (value === null) return <td className="number">–</td>;
  return <td className="number">{`${value > 0 ? "+" : ""}${Math.round(value * 100)} %`}</td>;
}
