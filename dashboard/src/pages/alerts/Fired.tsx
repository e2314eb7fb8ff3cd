import { useInfiniteQuery } from "@tanstack/react-query";
import { alertsQuery } from "../../api/alerts";
import type { AlertState } from "../../api/alertTypes";
import { Segments } from "../../components/bits";
import { LoadMore } from "../../components/LoadMore";
import { Empty, Failed, Loading, Stale } from "../../components/states";
import type { AlertsSearch } from "../../search";
import { AlertRow } from "./AlertRow";

const STATES: readonly (readonly [AlertState | "any", string])[] = [
  ["any", "All"],
  ["firing", "Firing"],
  ["resolved", "Over"],
];

interface FiredProps {
  project: string;
  state: AlertState | "any";
  rule?: string;
  onSearch: (changed: AlertsSearch) => void;
}

/** What fired in the last 14 days, the latest first. */
export function Fired({ project, state, rule, onSearch }: FiredProps) {
  const list = useInfiniteQuery(alertsQuery(project, state, rule));
  const alerts = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="alerts-part">
      <div className="filter-row">
        <Segments
          label="State"
          value={state}
          options={STATES}
          onChange={(next) => onSearch({ state: next === "any" ? undefined : next })}
        />
        {rule !== undefined && (
          <button className="button" onClick={() => onSearch({ rule: undefined })}>
            Of all rules
          </button>
        )}
      </div>
      <section className="panel" aria-label="What fired">
        {alerts.length > 0 && !list.isFetchNextPageError && <Stale error={list.error} />}
        {list.error && alerts.length === 0 ? (
          <Failed error={list.error} retry={() => void list.refetch()} />
        ) : list.isPending ? (
          <Loading what="alerts" />
        ) : alerts.length === 0 ? (
          <Empty title={state === "firing" ? "Nothing is firing" : "Nothing fired"}>
            <p>No alert of the last 14 days is shown here. Rules say what is worth one.</p>
            <button className="button" onClick={() => onSearch({ tab: "rules", rule: undefined })}>
              To the rules
            </button>
          </Empty>
        ) : (
          <>
            <ul>
              {alerts.map((alert) => (
                <AlertRow
                  key={alert.id}
                  project={project}
                  alert={alert}
                  onRule={() => onSearch({ rule: alert.rule })}
                />
              ))}
            </ul>
            <LoadMore list={list} loaded={alerts.length} />
          </>
        )}
      </section>
    </div>
  );
}
