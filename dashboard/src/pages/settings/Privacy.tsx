/** What is known of one end user, handed out or erased; for how long events are kept; and the end of a project. */

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { configurationQuery } from "../../api/configuration";
import { useChange } from "../../api/management";
import {
  changeRetention,
  erasuresQuery,
  eraseUser,
  exportUser,
  removeProject,
  type SubjectKind,
} from "../../api/privacy";
import { projectsQuery } from "../../api/queries";
import type { Project } from "../../api/types";
import { ConfirmButton } from "../../components/ConfirmButton";
import { Choice, NumberInput, Text } from "../../components/fields";
import { Failed, Loading } from "../../components/states";
import { say } from "../../components/toast";
import { saveFile } from "../../lib/files";
import { Erasures } from "./Erasures";

export function Privacy({ project }: { project: Project }) {
  const erasures = useInfiniteQuery(erasuresQuery(project.id));
  return (
    <div className="settings-parts">
      <EndUser project={project.id} />
      <Erasures list={erasures} />
      <Retention project={project.id} />
      <Removal project={project} />
    </div>
  );
}

const KINDS: readonly (readonly [SubjectKind, string])[] = [
  ["email", "E-mail"],
  ["user_id", "Id"],
  ["ip", "IP address"],
];

function EndUser({ project }: { project: string }) {
  const [kind, setKind] = useState<SubjectKind>("email");
  const [value, setValue] = useState("");
  const handOut = useChange(() => exportUser(project, kind, value.trim()));
  const erase = useChange(() => eraseUser(project, kind, value.trim()));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    handOut.mutate(undefined, {
      onSuccess: (lines) => {
        saveFile("user.ndjson", "application/x-ndjson", lines);
        const whole = lines.trimEnd().endsWith('"complete":true}');
        say(whole ? "Exported." : "The export broke off: it is not whole. Try again.");
      },
    });
  };
  return (
    <section className="panel" aria-label="One end user">
      <div className="panel-head">
        <h2>One end user</h2>
      </div>
      <form className="panel-body managed-new" onSubmit={submit}>
        <Choice label="Known by" value={kind} options={KINDS} onChange={setKind} />
        <Text label="Which is" value={value} onChange={setValue} required maxLength={1_000} />
        <button className="button" disabled={handOut.isPending}>
          {handOut.isPending ? "Exporting…" : "Export"}
        </button>
        {value.trim() !== "" && (
          <ConfirmButton
            label="Erase"
            onConfirm={() =>
              erase.mutate(undefined, { onSuccess: () => say("It is erased in the background.") })
            }
          />
        )}
      </form>
    </section>
  );
}

function Retention({ project }: { project: string }) {
  const { data, error, refetch } = useQuery(configurationQuery(project));
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what="the retention" lines={1} />;
  return <RetentionForm key={data.version} project={project} before={data.retention_days} />;
}

function RetentionForm({ project, before }: { project: string; before: number | null }) {
  const [days, setDays] = useState(before);
  const save = useChange(async () => {
    await changeRetention(project, days);
    say("Saved. It is applied within an hour.");
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <section className="panel" aria-label="Retention">
      <div className="panel-head">
        <h2>Retention</h2>
      </div>
      <form className="panel-body managed-new" onSubmit={submit}>
        <NumberInput
          label="Days for which events are kept (as long as the service does, if empty)"
          value={days}
          min={1}
          max={36_500}
          optional
          onChange={setDays}
        />
        <button className="button" disabled={save.isPending || days === before}>
          Save
        </button>
      </form>
    </section>
  );
}

function Removal({ project }: { project: Project }) {
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const client = useQueryClient();
  const remove = useChange(async () => {
    await removeProject(project.id, name);
    client.setQueryData(projectsQuery.queryKey, (all) => all?.filter((one) => one.id !== project.id));
    // Before all is asked for anew: what belongs to the project is not there any more.
    await navigate({ to: "/" });
    say(`${project.name} is removed, and erased in the background.`);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    remove.mutate(undefined);
  };
  return (
    <section className="panel" aria-label="Removing the project">
      <div className="panel-head">
        <h2>Remove the project</h2>
      </div>
      <form className="panel-body managed-new" onSubmit={submit}>
        <Text
          label={`Its name, “${project.name}”, to confirm that all it has is erased for good`}
          value={name}
          onChange={setName}
          required
        />
        <button className="button" disabled={remove.isPending || name !== project.name}>
          Remove it for good
        </button>
      </form>
    </section>
  );
}
