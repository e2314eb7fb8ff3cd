import { useInfiniteQuery } from "@tanstack/react-query";
import { deliveriesQuery } from "../../api/alerts";
import type { Delivery } from "../../api/alertTypes";
import { LoadMore } from "../../components/LoadMore";
import { Empty, Failed, Loading } from "../../components/states";
import { plural } from "../../lib/text";
import { fullTime } from "../../lib/time";

/** All that was sent to channels in the last 14 days, the latest first. */
export const Deliveries = ({ project }: { project: string }) => (
  <section className="panel" aria-label="Deliveries">
    <DeliveryTable
      project={project}
      empty="Nothing was sent yet"
      why="What is sent to a channel, and what became of it, is listed here."
    />
  </section>
);

/** What of one alert was sent. */
export const DeliveriesOf = ({ project, alert }: { project: string; alert: string }) => (
  <DeliveryTable
    project={project}
    only={{ alert }}
    empty="Nothing was sent"
    why="The rule named no channel when this fired, or it is not sent yet."
  />
);

interface DeliveryTableProps {
  project: string;
  only?: { alert?: string; channel?: string };
  empty: string;
  why: string;
}

function DeliveryTable({ project, only, empty, why }: DeliveryTableProps) {
  const list = useInfiniteQuery(deliveriesQuery(project, only));
  const deliveries = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.error && deliveries.length === 0)
    return <Failed error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Loading what="deliveries" lines={2} />;
  if (deliveries.length === 0) {
    return only ? <p className="soft">{why}</p> : <Empty title={empty}>{<p>{why}</p>}</Empty>;
  }
  return (
    <>
      <div className="wide-table" tabIndex={0} role="region" aria-label="Table of deliveries">
        <table className="table">
          <thead>
            <tr>
              <th>Queued</th>
              <th>Channel</th>
              <th>Of</th>
              <th>Outcome</th>
              <th>What the receiver said</th>
            </tr>
          </thead>
          <tbody>
            {deliveries.map((delivery) => (
              <Row key={delivery.id} delivery={delivery} />
            ))}
          </tbody>
        </table>
      </div>
      <LoadMore list={list} loaded={deliveries.length} />
    </>
  );
}

const BAD: readonly Delivery["outcome"][] = ["refused", "expired"];

function Row({ delivery }: { delivery: Delivery }) {
  const { attempts, outcome, next_attempt } = delivery;
  const last = attempts.at(-1);
  return (
    <tr>
      <td className="moment">{fullTime(Date.parse(delivery.queued))}</td>
      <td>
        <span className="data">{delivery.channel_name}</span> <span className="faint">{delivery.kind}</span>
      </td>
      <td>{delivery.state}</td>
      <td>
        <span className={BAD.includes(outcome) ? "chip firing" : "chip"}>{outcome}</span>
        {outcome === "pending" && next_attempt && attempts.length > 0 && (
          <span className="faint"> again at {fullTime(Date.parse(next_attempt))}</span>
        )}
      </td>
      <td>
        <span className="data">{delivery.detail || last?.detail || "–"}</span>{" "}
        <span className="faint">
          {plural(attempts.length, "attempt")}
          {last && `, the last one ${last.seconds.toFixed(2)} s`}
        </span>
      </td>
    </tr>
  );
}
