/** Windowed error rates by any facet. All of what is chosen stands in the address, so a link shows the same. */

import "./explore.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { ratesQuery, type RatesFilter } from "../../api/queries";
import { Empty, Failed, Loading, Notice } from "../../components/states";
import { sum, total } from "../../lib/rates";
import { plural } from "../../lib/text";
import { duration, PERIODS } from "../../lib/time";
import type { ExploreSearch } from "../../search";
import { ExploreBar } from "./ExploreBar";
import { RatesTable } from "./RatesTable";

const RatesChart = lazy(() => import("./RatesChart"));
const route = getRouteApi("/inside/projects/$project/explore");

const MOST_SERIES = 50;
/** More lines than this nobody can tell apart: the table has them all. */
const DRAWN = 8;

export function ExplorePage() {
  const { project } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = filterOf(search);
  const rates = useQuery(ratesQuery(project, filter));
  const before = useQuery({
    ...ratesQuery(project, { ...filter, before: 1 }),
    enabled: search.compare === true,
  });
  const change = (changed: ExploreSearch) =>
    void navigate({ search: (present) => ({ ...present, ...changed }), replace: true });
  const all = rates.data ? total(sum(rates.data)) : 0;

  return (
    <div className="page">
      <div className="page-head">
        <h1>Explore</h1>
      </div>
      <ExploreBar project={project} search={search} filter={filter} onChange={change} />
      {rates.error && !rates.data ? (
        <section className="panel">
          <Failed error={rates.error} retry={() => void rates.refetch()} />
        </section>
      ) : !rates.data ? (
        <section className="panel">
          <Loading what="error rates" lines={8} />
        </section>
      ) : all === 0 ? (
        <section className="panel">
          <Empty title="No errors here">
            <p>Nothing in this period fits what is chosen.</p>
            <button className="button" onClick={() => void navigate({ search: {} })}>
              Clear
            </button>
          </Empty>
        </section>
      ) : (
        <>
          {rates.error && <Notice error>{rates.error.message} What is shown is a little older.</Notice>}
          <section className={rates.isPlaceholderData ? "panel stale" : "panel"} aria-label="Chart">
            <div className="panel-head">
              <h2>{plural(all, "error")}</h2>
              <span className="faint">
                in windows of {duration(rates.data.window)}
                {rates.data.series.length > DRAWN && `, the ${DRAWN} with the most`}
              </span>
            </div>
            <Suspense fallback={<div className="rates-chart" />}>
              <RatesChart
                rates={{ ...rates.data, series: rates.data.series.slice(0, DRAWN) }}
                before={search.compare ? before.data : undefined}
                stacked={search.shape === "stacked"}
              />
            </Suspense>
          </section>
          {rates.data.truncated && (
            <Notice>Only the {MOST_SERIES} with the most errors are shown: there are more.</Notice>
          )}
          <RatesTable
            project={project}
            rates={rates.data}
            before={search.compare ? before.data : undefined}
            by={search.by ?? "release"}
            drawn={DRAWN}
          />
        </>
      )}
    </div>
  );
}

function filterOf(search: ExploreSearch): RatesFilter {
  const { period = "24h", by = "release", environment, release, level, issue } = search;
  const group_by = by === "none" ? undefined : by;
  return {
    period,
    window: PERIODS[period].bar,
    group_by,
    environment,
    release,
    level,
    issue,
    limit: MOST_SERIES,
  };
}
