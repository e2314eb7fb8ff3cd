import type { UseInfiniteQueryResult, InfiniteData } from "@tanstack/react-query";
import type { Erasure } from "../../api/privacy";
import type { Page } from "../../api/types";
import { LoadMore } from "../../components/LoadMore";
import { Failed, Loading } from "../../components/states";
import { number } from "../../lib/text";
import { fullTime } from "../../lib/time";

/** Requests to erase, how far they have come, and their receipts. */
export function Erasures({ list }: { list: UseInfiniteQueryResult<InfiniteData<Page<Erasure>>> }) {
  const erasures = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="panel" aria-label="Erasures">
      <div className="panel-head">
        <h2>Erasures</h2>
      </div>
      {list.error && erasures.length === 0 ? (
        <Failed error={list.error} retry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading what="erasures" lines={2} />
      ) : erasures.length === 0 ? (
        <p className="panel-body soft">Nothing was erased yet.</p>
      ) : (
        <div className="wide-table" tabIndex={0} role="region" aria-label="Table of erasures">
          <table className="table">
            <thead>
              <tr>
                <th>Requested</th>
                <th>By</th>
                <th>Of</th>
                <th>State</th>
                <th>Receipt</th>
              </tr>
            </thead>
            <tbody>
              {erasures.map((erasure) => (
                <Row key={erasure.id} erasure={erasure} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <LoadMore list={list} loaded={erasures.length} />
    </section>
  );
}

function Row({ erasure }: { erasure: Erasure }) {
  const { receipt, state, step, steps, problem } = erasure;
  return (
    <tr>
      <td className="moment">{fullTime(erasure.requested * 1000)}</td>
      <td className="data">{erasure.actor}</td>
      <td>{erasure.kind === "project" ? "the project" : `a user, by ${erasure.subject ?? "?"}`}</td>
      <td>
        {state}
        {state === "running" && `, step ${step} of ${steps}`}
        {problem && <span className="bad data"> {problem}</span>}
      </td>
      <td>
        {receipt && (
          <details>
            <summary>
              {Object.entries(receipt.erased)
                .map(([store, events]) => `${store} ${number(events)}`)
                .join(", ")}
            </summary>
            <ul>
              {receipt.remains.map(({ where, until }) => (
                <li key={where} className="data">
                  {where}:{" "}
                  {until === null ? "kept, without personal data" : `until ${fullTime(until * 1000)}`}
                </li>
              ))}
            </ul>
          </details>
        )}
      </td>
    </tr>
  );
}
