/** Measures by windows and by any facet. All of what is chosen stands in the address, so a link shows the same. */

import "./explore.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { ratesQuery, type RatesFilter } from "../../api/queries";
import { Empty, Failed, Loading, Notice } from "../../components/states";
import { duration, PERIODS } from "../../lib/time";
import { MEASURES, type ExploreSearch } from "../../search";
import { ExploreBar } from "./ExploreBar";
import { RatesTable } from "./RatesTable";

const RatesChart = lazy(() => import("./RatesChart"));
const route = getRouteApi("/inside/projects/$project/explore");

const MOST_SERIES = 50;
/** More lines than this nobody can tell apart: the table has them all. */
const DRAWN = 8;
/** Seconds: sessions are kept by the quarter of an hour. */
const SHORTEST_OF_SESSIONS = 900;

export function ExplorePage() {
  const { project } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = filterOf(search);
  const rates = useQuery(ratesQuery(project, filter));
  const change = (changed: ExploreSearch) =>
    void navigate({ search: (present) => ({ ...present, ...changed }), replace: true });
  const { data, error } = rates;
  const nothing = data?.series.every((one) => one.points.every((point) => !point[1]));
  const name = MEASURES.find(([measure]) => measure === data?.measure)?.[1];

  return (
    <div className="page">
      <div className="page-head">
        <h1>Explore</h1>
      </div>
      <ExploreBar project={project} search={search} filter={filter} onChange={change} />
      {error && !data && (
        <section className="panel">
          <Failed error={error} retry={() => void rates.refetch()} />
        </section>
      )}
      {!data && !error && (
        <section className="panel">
          <Loading what="rates" lines={8} />
        </section>
      )}
      {data && nothing && (
        <section className="panel">
          <Empty title="Nothing here">
            <p>Nothing in this period fits what is chosen.</p>
            <button className="button" onClick={() => void navigate({ search: {} })}>
              Clear
            </button>
          </Empty>
        </section>
      )}
      {data && !nothing && (
        <>
          {error && <Notice error>{error.message} What is shown is a little older.</Notice>}
          <section className={rates.isPlaceholderData ? "panel stale" : "panel"} aria-label="Chart">
            <div className="panel-head">
              <h2>{name}</h2>
              <span className="faint">
                in windows of {duration(data.window)}
                {data.series.length > DRAWN && `, the ${DRAWN} with the most`}
              </span>
            </div>
            <Suspense fallback={<div className="rates-chart" />}>
              <RatesChart
                rates={{ ...data, series: data.series.slice(0, DRAWN) }}
                stacked={search.shape === "stacked"}
              />
            </Suspense>
          </section>
          {data.truncated && <Notice>Only the {MOST_SERIES} with the most are shown: there are more.</Notice>}
          <RatesTable project={project} rates={data} by={search.by ?? "release"} drawn={DRAWN} />
        </>
      )}
    </div>
  );
}

function filterOf(search: ExploreSearch): RatesFilter {
  const { period = "24h", by = "release", measure = "count", environment, release, level, issue } = search;
  const shortest = measure === "count" || measure === "users" ? 0 : SHORTEST_OF_SESSIONS;
  return {
    period,
    measure,
    window: Math.max(PERIODS[period].bar, shortest),
    group_by: by === "none" ? undefined : by,
    compare: search.compare ? "previous" : undefined,
    limit: MOST_SERIES,
    ...{ environment, release, level, issue },
  };
}
