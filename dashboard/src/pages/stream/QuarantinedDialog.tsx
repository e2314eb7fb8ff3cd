import { useInfiniteQuery } from "@tanstack/react-query";
import { quarantinedQuery } from "../../api/stream";
import { Dialog } from "../../components/Dialog";
import { LoadMore } from "../../components/LoadMore";
import { Failed, Loading } from "../../components/states";
import { plural } from "../../lib/text";
import { fullTime } from "../../lib/time";

/** The quarantined records of a topic, as text: why each is there, and what it holds. */
export function QuarantinedDialog({ topic, onClose }: { topic: string; onClose: () => void }) {
  const list = useInfiniteQuery(quarantinedQuery(topic));
  const records = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Dialog open onClose={onClose} title={`Quarantined of ${topic}`} kind="wide">
      {list.error && records.length === 0 ? (
        <Failed error={list.error} retry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading what="the records" lines={4} />
      ) : records.length === 0 ? (
        <p className="soft">There are none any more.</p>
      ) : (
        <ul className="quarantined">
          {records.map((record) => (
            <li key={record.position}>
              <p className="data">
                <strong>{record.reason}</strong> <span className="faint">by {record.agent}</span>
              </p>
              <p className="faint">
                {fullTime(record.at * 1000)}, position {record.position}, {plural(record.bytes, "byte")}
              </p>
              <details>
                <summary>What it holds</summary>
                <pre className="data" tabIndex={0}>
                  {record.value}
                  {record.cut && "…"}
                </pre>
                {record.traceback && (
                  <pre className="data" tabIndex={0}>
                    {record.traceback}
                  </pre>
                )}
              </details>
            </li>
          ))}
        </ul>
      )}
      <LoadMore list={list} loaded={records.length} />
    </Dialog>
  );
}
