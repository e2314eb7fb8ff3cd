import { useState } from "react";
import { DataText, LevelBadge } from "../../components/bits";
import { asText, plural } from "../../lib/text";
import { clock } from "../../lib/time";

const SHOWN = 15;

/** What the program did before the event, the last thing first. */
export function Breadcrumbs({ breadcrumbs }: { breadcrumbs: readonly Record<string, unknown>[] }) {
  const [all, setAll] = useState(false);
  const newestFirst = [...breadcrumbs].reverse();
  return (
    <section className="panel" aria-label="Breadcrumbs">
      <div className="panel-head">
        <h2>Breadcrumbs</h2>
        <span className="faint">the last first</span>
      </div>
      <ol className="crumbs">
        {newestFirst.slice(0, all ? undefined : SHOWN).map((crumb, index) => (
          <Crumb key={index} crumb={crumb} />
        ))}
      </ol>
      {!all && newestFirst.length > SHOWN && (
        <button className="button quiet stack-more" onClick={() => setAll(true)}>
          {plural(newestFirst.length - SHOWN, "earlier one")}
        </button>
      )}
    </section>
  );
}

function Crumb({ crumb }: { crumb: Record<string, unknown> }) {
  const { timestamp, type, category, level, message, data } = crumb;
  const kind = [category, type].find((one) => typeof one === "string" && one !== "" && one !== "default");
  const details = typeof data === "object" && data !== null && Object.keys(data).length > 0;
  return (
    <li className="crumb">
      <span className="crumb-kind data">{kind === undefined ? "log" : String(kind)}</span>
      <div className="crumb-body">
        {message !== undefined && message !== null && <DataText text={asText(message)} />}
        {details && (
          <pre className="crumb-data">
            <DataText text={shortData(data)} />
          </pre>
        )}
      </div>
      {typeof level === "string" && level !== "info" ? <LevelBadge level={level.slice(0, 20)} /> : <span />}
      <span className="crumb-time">{momentOf(timestamp)}</span>
    </li>
  );
}

function momentOf(timestamp: unknown): string {
  if (typeof timestamp === "number") return clock(timestamp * 1000);
  return typeof timestamp === "string" ? clock(Date.parse(timestamp)) : "";
}

/** Data of a breadcrumb on few lines: a line each, nested values as JSON. */
function shortData(data: object): string {
  return Object.entries(data)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("\n");
}
