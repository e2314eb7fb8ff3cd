import { useInfiniteQuery } from "@tanstack/react-query";
import { auditQuery } from "../../api/management";
import { Empty, Failed, Loading } from "../../components/states";
import { fullTime } from "../../lib/time";
import { LoadMore } from "../../components/LoadMore";

/** Who changed what, and from where; the latest first. */
export function AuditLog({ organisation }: { organisation: string }) {
  const list = useInfiniteQuery(auditQuery(organisation));
  const entries = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.error && entries.length === 0)
    return <Failed error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Loading what="the audit log" />;
  if (entries.length === 0) return <Empty title="Nothing has been changed yet" />;
  return (
    <section className="panel" aria-label="Audit log">
      <div className="wide-table" tabIndex={0} role="region" aria-label="Table of changes">
        <table className="table">
          <thead>
            <tr>
              <th>When</th>
              <th>Who</th>
              <th>What</th>
              <th>On</th>
              <th>From</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <tr key={entry.id}>
                <td className="moment">{fullTime(entry.at * 1000)}</td>
                <td>{entry.actor}</td>
                <td className="mono">{entry.action}</td>
                <td className="data">{entry.target}</td>
                <td className="mono">{entry.address}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <LoadMore list={list} loaded={entries.length} />
    </section>
  );
}
