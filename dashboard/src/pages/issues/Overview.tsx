/** Errors over the period above the list. Counts know environments and releases, not searches, nor whose issues: with one there is none. */

import { useQuery } from "@tanstack/react-query";
import { ratesQuery, type IssueFilter } from "../../api/queries";
import { BarChart } from "../../components/Sparkline";
import { Notice } from "../../components/states";
import { total } from "../../lib/rates";
import { compact } from "../../lib/text";
import { PERIODS } from "../../lib/time";

export function Overview({ project, filter }: { project: string; filter: IssueFilter }) {
  const { period, environment, release } = filter;
  const isAll = filter.query === "" && filter.assigned === "";
  const window = PERIODS[period].bar;
  const { data, error } = useQuery({
    ...ratesQuery(project, { period, window, environment, release }),
    enabled: isAll,
  });
  const points = data?.series[0]?.points;
  if (!isAll) return null;
  return (
    <section className="panel overview" aria-label="Errors over time">
      <div>
        <strong>{points ? compact(total(points)) : "–"}</strong>
        <span className="soft">errors, all statuses</span>
      </div>
      {error && !points ? (
        <Notice error>{error.message}</Notice>
      ) : points ? (
        <BarChart points={points} window={window} height={48} noun="error" />
      ) : (
        <div className="overview-gap" />
      )}
    </section>
  );
}
