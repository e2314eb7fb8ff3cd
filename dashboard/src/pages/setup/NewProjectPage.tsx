import "./setup.css";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { addProject, organisationsQuery, useChange } from "../../api/management";
import { Empty, Failed } from "../../components/states";
import { rightsIn } from "../../lib/role";
import { keepDsn } from "./dsn";

/** Makes a project, and goes on to its set-up with the DSN of its first key. */
export function NewProjectPage() {
  const navigate = useNavigate();
  const found = useQuery(organisationsQuery);
  const organisations = (found.data ?? []).filter((one) => rightsIn(one.id).admin);
  const [name, setName] = useState("");
  const [organisation, setOrganisation] = useState("");
  const add = useChange(() => addProject(name.trim(), organisation || organisations[0]?.id));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined, {
      onSuccess: ({ project, dsn }) => {
        keepDsn(project.slug, dsn);
        void navigate({ to: "/projects/$project/setup", params: { project: project.slug } });
      },
    });
  };
  if (found.error) return <Failed error={found.error} retry={() => void found.refetch()} />;
  if (found.data && organisations.length === 0) {
    return (
      <div className="page setup">
        <h1>New project</h1>
        <Empty title="Only admins make projects">
          <p>Ask an admin or an owner of your organisation for one.</p>
        </Empty>
      </div>
    );
  }
  return (
    <div className="page setup">
      <h1>New project</h1>
      <form className="panel panel-body new-project" onSubmit={submit}>
        <p className="soft">A project is where one program, or one service, reports its errors.</p>
        <label className="field">
          <span>Name</span>
          <input
            className="input"
            value={name}
            onChange={(event) => setName(event.target.value)}
            required
            maxLength={200}
            autoFocus
          />
        </label>
        {organisations.length > 1 && (
          <label className="field">
            <span>Organisation</span>
            <select
              className="select"
              value={organisation}
              onChange={(event) => setOrganisation(event.target.value)}
            >
              {organisations.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
        )}
        {add.error && (
          <p className="field-error" role="alert">
            {add.error.message}
          </p>
        )}
        <button className="button primary" disabled={add.isPending}>
          Make the project
        </button>
      </form>
    </div>
  );
}
