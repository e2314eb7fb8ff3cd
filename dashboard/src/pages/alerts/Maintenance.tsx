import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { addMaintenance, quietsQuery, removeMaintenance, rulesQuery } from "../../api/alerts";
import type { Quiet } from "../../api/alertTypes";
import { useChange } from "../../api/management";
import { Duration, Text } from "../../components/fields";
import { ManagedList } from "../../components/ManagedList";
import { useRights } from "../../lib/role";
import { fullTime } from "../../lib/time";

const LENGTHS = [900, 1_800, 3_600, 2 * 3_600, 4 * 3_600, 8 * 3_600, 86_400];

/** Times without alerts: maintenance windows, and snoozes of rules. */
export function Maintenance({ project }: { project: string }) {
  const { write } = useRights(project);
  const rules = useQuery(rulesQuery(project)).data ?? [];
  const remove = useChange((quiet: string) => removeMaintenance(project, quiet));
  const about = (quiet: Quiet) => {
    const rule = rules.find((one) => one.id === quiet.rule);
    const scope = Object.entries(quiet.scope).map(([name, value]) => `${name} ${value}`);
    const what =
      quiet.rule === null ? quiet.environment || "the whole project" : `rule ${rule?.name ?? quiet.rule}`;
    return [what, ...scope].join(", ");
  };
  const row = (quiet: Quiet) => (
    <tr key={quiet.id}>
      <td className="data">{quiet.name}</td>
      <td className="data">{about(quiet)}</td>
      <td className="moment">{fullTime(Date.parse(quiet.start))}</td>
      <td className="moment">{fullTime(Date.parse(quiet.end))}</td>
      <td className="row-actions">
        {write && (
          <button className="button small" onClick={() => remove.mutate(quiet.id)}>
            End it now
          </button>
        )}
      </td>
    </tr>
  );
  return (
    <ManagedList
      title="Times without alerts"
      query={useQuery(quietsQuery(project))}
      empty="None now, and none to come"
      head={["Name", "Of", "From", "To", ""]}
      row={row}
    >
      {write && <MaintenanceForm project={project} />}
    </ManagedList>
  );
}

function MaintenanceForm({ project }: { project: string }) {
  const [name, setName] = useState("");
  const [start, setStart] = useState("");
  const [length, setLength] = useState(3_600);
  const [environment, setEnvironment] = useState("");
  const add = useChange(() => {
    const from = start ? new Date(start) : new Date();
    const to = new Date(from.getTime() + length * 1000);
    const window = { name: name.trim(), start: from.toISOString(), end: to.toISOString(), environment };
    return addMaintenance(project, window);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined, { onSuccess: () => setName("") });
  };
  return (
    <form onSubmit={submit} aria-label="A maintenance window">
      <Text label="Name" value={name} onChange={setName} required maxLength={200} placeholder="Migration" />
      <Text label="From (now, if empty)" value={start} onChange={setStart} type="datetime-local" />
      <Duration label="For" value={length} options={LENGTHS} onChange={setLength} />
      <Text label="Environment (or all)" value={environment} onChange={setEnvironment} maxLength={200} />
      <button className="button" disabled={add.isPending}>
        Make a maintenance window
      </button>
    </form>
  );
}
