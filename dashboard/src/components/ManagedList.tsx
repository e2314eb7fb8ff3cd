/** A panel with a list of what is managed, and its states. */

import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Shown } from "./Shown";
import { Empty, Failed, Loading, Stale } from "./states";

/** Rows that are shown at first. */
const MOST = 200;

interface ManagedListProps<Item> {
  title: string;
  query: UseQueryResult<Item[]>;
  empty: string;
  head: readonly string[];
  row: (item: Item) => ReactNode;
  /** What makes another one. */
  children?: ReactNode;
}

export function ManagedList<Item>({ title, query, empty, head, row, children }: ManagedListProps<Item>) {
  const { data, error, refetch } = query;
  return (
    <section className="panel" aria-label={title}>
      <div className="panel-head">
        <h2>{title}</h2>
      </div>
      {children && <div className="panel-body managed-new">{children}</div>}
      {data && <Stale error={error} />}
      {error && !data ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading what={title.toLowerCase()} lines={3} />
      ) : data.length === 0 ? (
        <Empty title={empty} />
      ) : (
        <Shown items={data} most={MOST}>
          {(shown) => (
            <div className="wide-table" tabIndex={0} role="region" aria-label={`Table: ${title}`}>
              <table className="table">
                <thead>
                  <tr>
                    {head.map((name) => (
                      <th key={name}>{name || <span className="hidden-text">Actions</span>}</th>
                    ))}
                  </tr>
                </thead>
                <tbody>{shown.map(row)}</tbody>
              </table>
            </div>
          )}
        </Shown>
      )}
    </section>
  );
}

/** What the server shows once: to be copied now. */
export function ShownOnce({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="shown-once" role="status">
      <span>{label} It is shown this once:</span>
      {children}
    </div>
  );
}
