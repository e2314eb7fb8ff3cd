import { useInfiniteQuery } from "@tanstack/react-query";
import { rebalancesQuery, type Partitions, type Rebalance } from "../../api/stream";
import { Ago } from "../../components/bits";
import { LoadMore } from "../../components/LoadMore";
import { Empty, Failed, Loading } from "../../components/states";
import { countPartitions, partitionTexts } from "../../lib/partitions";
import { number } from "../../lib/text";

/** When partitions were shared out anew, for how long that stopped a worker, and what moved. */
export function Rebalances() {
  const list = useInfiniteQuery(rebalancesQuery);
  const found = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="panel" aria-label="Rebalances">
      <div className="panel-head">
        <h2>Rebalances</h2>
        <span className="faint">of the last 7 days</span>
      </div>
      {list.error && found.length === 0 ? (
        <Failed error={list.error} retry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading what="the rebalances" lines={3} />
      ) : found.length === 0 ? (
        <Empty title="No worker has gained or lost partitions in the last 7 days." />
      ) : (
        <div className="wide-table" tabIndex={0} role="region" aria-label="Table of rebalances">
          <table className="table">
            <thead>
              <tr>
                <th>Stage</th>
                <th>When</th>
                <th className="number">Stood still</th>
                <th>Was given</th>
                <th>Lost</th>
                <th className="number">Kept</th>
                <th>Worker</th>
              </tr>
            </thead>
            <tbody>
              {found.map((one) => (
                <Row key={one.id} rebalance={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <LoadMore list={list} loaded={found.length} byItself={false} />
    </section>
  );
}

function Row({ rebalance }: { rebalance: Rebalance }) {
  return (
    <tr>
      <td>{rebalance.stage}</td>
      <td>
        <Ago time={rebalance.at} />
      </td>
      <td className="number">{number(Number(rebalance.seconds.toFixed(2)))} s</td>
      <td>
        <Moved partitions={rebalance.assigned} />
      </td>
      <td>
        <Moved partitions={rebalance.revoked} />
      </td>
      <td className="number">{number(rebalance.kept)}</td>
      <td className="mono data">{rebalance.worker}</td>
    </tr>
  );
}

function Moved({ partitions }: { partitions: Partitions }) {
  const count = countPartitions(partitions);
  if (count === 0) return <span className="faint">nothing</span>;
  return (
    <details className="moved">
      <summary>{count === 1 ? "1 partition" : `${number(count)} partitions`}</summary>
      <ul className="mono">
        {partitionTexts(partitions).map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </details>
  );
}
