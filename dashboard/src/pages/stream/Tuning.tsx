import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { tuningQuery, type Tuning } from "../../api/stream";
import { Failed, Loading } from "../../components/states";

interface TunableRowProps {
  kind: "agents" | "topics";
  name: string;
  /** Beside the name, in the first cell. */
  beside?: string;
  /** The cells behind the first. */
  children: ReactNode;
  columns: number;
}

/** The row of an agent or a topic, whose name opens below it what its settings would do. */
export function TunableRow({ kind, name, beside, children, columns }: TunableRowProps) {
  const [open, setOpen] = useState(false);
  const id = `tuning-${kind}-${name}`;
  return (
    <>
      <tr>
        <td>
          <button
            className="text-button"
            aria-expanded={open}
            aria-controls={id}
            title="What its settings do"
            onClick={() => setOpen(!open)}
          >
            {name}
          </button>
          {beside && <span className="faint"> {beside}</span>}
        </td>
        {children}
      </tr>
      {open && (
        <tr className="tuning-row">
          <td colSpan={columns} id={id}>
            <Tunings kind={kind} name={name} />
          </td>
        </tr>
      )}
    </>
  );
}

function Tunings({ kind, name }: Pick<TunableRowProps, "kind" | "name">) {
  const { data, error, refetch } = useQuery(tuningQuery);
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what="the settings" lines={3} />;
  const settings = data[kind].find((one) => one.name === name)?.settings;
  if (!settings) return <p className="soft">It does not run in this installation.</p>;
  return (
    <>
      {data.cluster && (
        <p className="soft">
          The values are those of the process that serves this page; the workers' own environment decides.
        </p>
      )}
      <dl className="tunings" aria-label={`Settings of ${name}`}>
        {settings.map((one) => (
          <TuningItem key={one.name} tuning={one} />
        ))}
      </dl>
    </>
  );
}

function TuningItem({ tuning }: { tuning: Tuning }) {
  return (
    <div>
      <dt>
        <span className="mono">{tuning.name}</span> {tuning.value && <strong>{tuning.value}</strong>}
      </dt>
      <dd>
        {tuning.now && <p className="tuning-now">{tuning.now}</p>}
        <p>{tuning.does}</p>
        <p className="soft">
          {tuning.variable && <code>{tuning.variable}</code>} {tuning.change}
        </p>
      </dd>
    </div>
  );
}
