import { CopyButton, DataText } from "../../components/bits";
import { asText } from "../../lib/text";
import { Values } from "./Values";

const TABLES = ["headers", "cookies", "env"] as const;
const NAMES = { headers: "Headers", cookies: "Cookies", env: "Environment" };

/** The HTTP request in which it happened. */
export function RequestSection({ request }: { request: Record<string, unknown> }) {
  const { method, url, query_string, data } = request;
  return (
    <section className="panel" aria-label="Request">
      <div className="panel-head">
        <h2>Request</h2>
        {typeof url === "string" && <CopyButton text={() => url} label="Copy the address" />}
      </div>
      <div className="panel-body request">
        <p className="request-line">
          {typeof method === "string" && <strong className="mono">{method}</strong>}
          <code>
            <DataText text={asText(url ?? "")} />
          </code>
        </p>
        {query_string !== undefined && query_string !== "" && <Part title="Query" value={query_string} />}
        {data !== undefined && data !== null && data !== "" && <Part title="Body" value={data} />}
        {TABLES.map((name) => {
          const values = request[name];
          return typeof values === "object" && values !== null && Object.keys(values).length > 0 ? (
            <Part key={name} title={NAMES[name]} value={values} />
          ) : null;
        })}
      </div>
    </section>
  );
}

function Part({ title, value }: { title: string; value: unknown }) {
  const table = typeof value === "object" && value !== null && !Array.isArray(value);
  return (
    <div>
      <h3>{title}</h3>
      {table ? (
        <Values values={value as Record<string, unknown>} />
      ) : (
        <pre>
          <DataText text={asText(value)} />
        </pre>
      )}
    </div>
  );
}
