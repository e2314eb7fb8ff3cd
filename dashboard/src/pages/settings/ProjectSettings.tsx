import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { addKey, keysQuery, renameProject, revokeKey, useChange } from "../../api/management";
import type { Key, Project } from "../../api/types";
import { CopyButton } from "../../components/bits";
import { ConfirmButton } from "../../components/ConfirmButton";
import { ManagedList, ShownOnce } from "../../components/ManagedList";
import { say } from "../../components/toast";
import { rightsIn } from "../../lib/role";
import { fullTime } from "../../lib/time";
import { RepositorySettings } from "./RepositorySettings";

export function ProjectSettings({ project }: { project: Project }) {
  const [name, setName] = useState(project.name);
  const { admin } = rightsIn(project.organisation);
  const rename = useChange(() => renameProject(project.id, name.trim()));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rename.mutate(undefined, { onSuccess: () => say("Renamed.") });
  };
  return (
    <div className="settings-parts">
      <section className="panel" aria-label="The project">
        <div className="panel-head">
          <h2>The project</h2>
          <span className="faint">
            id {project.id}, <span className="mono">{project.slug}</span>
          </span>
        </div>
        <form className="panel-body managed-new" onSubmit={submit}>
          <label className="field">
            <span>Name</span>
            <input
              className="input"
              value={name}
              onChange={(event) => setName(event.target.value)}
              readOnly={!admin}
              required
              maxLength={200}
            />
          </label>
          {admin && (
            <button className="button" disabled={rename.isPending || name.trim() === project.name}>
              Rename
            </button>
          )}
        </form>
      </section>
      <RepositorySettings project={project.id} />
      {admin && <Keys project={project.id} />}
    </div>
  );
}

function Keys({ project }: { project: string }) {
  const [label, setLabel] = useState("");
  const add = useChange(() => addKey(project, label.trim()));
  const revoke = useChange((key: Key) => revokeKey(project, key.id));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined, { onSuccess: () => setLabel("") });
  };
  const row = (key: Key) => (
    <tr key={key.id}>
      <td>{key.label || "(no label)"}</td>
      <td className="mono">…{key.last_characters}</td>
      <td>{key.rate_limit === null ? "none" : `${key.rate_limit} events/s`}</td>
      <td className="moment">{fullTime(key.created * 1000)}</td>
      <td>
        {key.revoked === null ? (
          <ConfirmButton label="Revoke" onConfirm={() => revoke.mutate(key)} />
        ) : (
          <span className="faint">revoked</span>
        )}
      </td>
    </tr>
  );
  return (
    <ManagedList
      title="Keys"
      query={useQuery(keysQuery(project))}
      empty="No keys"
      head={["Label", "Ends in", "Limit", "Made", ""]}
      row={row}
    >
      <form onSubmit={submit}>
        <label className="field">
          <span>Label of a new key</span>
          <input
            className="input"
            value={label}
            onChange={(event) => setLabel(event.target.value)}
            maxLength={200}
          />
        </label>
        <button className="button" disabled={add.isPending}>
          Make a key
        </button>
      </form>
      {add.data && (
        <ShownOnce label="The DSN of the new key.">
          <code className="data">{add.data.dsn}</code>
          <CopyButton text={() => add.data.dsn} label="Copy the DSN" />
        </ShownOnce>
      )}
    </ManagedList>
  );
}
