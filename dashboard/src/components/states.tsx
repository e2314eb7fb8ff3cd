/** What a page shows when it has nothing to show: loading, empty, failed, too much. */

import type { ReactNode } from "react";
import { ApiError } from "../api/client";

export function Loading({ what, lines = 6 }: { what: string; lines?: number }) {
  return (
    <div className="skeleton-lines" role="status">
      <span className="hidden-text">Loading {what}…</span>
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} className="skeleton" />
      ))}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failed({ error, retry }: { error: Error; retry?: () => void }) {
  const status = error instanceof ApiError ? error.status : 0;
  const title = status === 404 ? "Not found" : status === 400 ? "This cannot be read" : "That did not work";
  return (
    <div className="state error" role="alert">
      <h2>{title}</h2>
      <p className="data">{error.message}</p>
      {retry && status !== 404 && (
        <button className="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** A line above what is shown already, for what went wrong, or is left out. */
export function Notice({ error = false, children }: { error?: boolean; children: ReactNode }) {
  return (
    <div className={error ? "notice error" : "notice"} role={error ? "alert" : "note"}>
      {children}
    </div>
  );
}

/** Above what was loaded before, where asking again has failed. */
export function Stale({ error }: { error: Error | null }) {
  if (error === null) return null;
  return <Notice error>{error.message} What is shown is a little older.</Notice>;
}
