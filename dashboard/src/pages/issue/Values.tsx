/** Names with values of any kind, from an event: text, numbers, or what is nested in them. */

import { useState } from "react";
import { DataText } from "../../components/bits";
import { asText } from "../../lib/text";

const MOST = 60;

export function Values({ values }: { values: Record<string, unknown> }) {
  const [all, setAll] = useState(false);
  const entries = Object.entries(values);
  return (
    <>
      <dl className="pairs">
        {entries.slice(0, all ? undefined : MOST).map(([name, value]) => (
          <Pair key={name} name={name} value={value} />
        ))}
      </dl>
      {!all && entries.length > MOST && (
        <button className="button quiet small" onClick={() => setAll(true)}>
          {entries.length - MOST} more
        </button>
      )}
    </>
  );
}

function Pair({ name, value }: { name: string; value: unknown }) {
  const nested = typeof value === "object" && value !== null;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {nested ? (
          <pre>
            <DataText text={asText(value)} />
          </pre>
        ) : (
          <DataText text={asText(value)} />
        )}
      </dd>
    </>
  );
}
