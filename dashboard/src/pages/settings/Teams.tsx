import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { addTeam, changeTeam, membersQuery, removeTeam, teamsQuery, useChange } from "../../api/management";
import { projectsQuery } from "../../api/queries";
import type { Team } from "../../api/types";
import { ConfirmButton } from "../../components/ConfirmButton";
import { Icon } from "../../components/Icon";
import { ManagedList } from "../../components/ManagedList";
import { Menu, MenuCheck, MenuLabel } from "../../components/Menu";
import { rightsIn } from "../../lib/role";
import { plural } from "../../lib/text";

/** Teams: a project of one or more is seen by their members, and by admins and owners. */
export function Teams({ organisation }: { organisation: string }) {
  const { admin } = rightsIn(organisation);
  const [name, setName] = useState("");
  const members = useQuery(membersQuery(organisation)).data ?? [];
  const projects = useQuery(projectsQuery).data ?? [];
  const add = useChange(() => addTeam(organisation, name.trim()));
  const change = useChange((team: Team) => changeTeam(organisation, team));
  const remove = useChange((team: string) => removeTeam(organisation, team));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined, { onSuccess: () => setName("") });
  };
  const row = (team: Team) => (
    <tr key={team.id}>
      <td className="data">{team.name}</td>
      <td>
        <Choices
          label={`Members of ${team.name}`}
          text={plural(team.members.length, "member")}
          options={members.map((member) => [member.id, member.email])}
          chosen={team.members}
          writable={admin}
          onChange={(chosen) => change.mutate({ ...team, members: chosen })}
        />
      </td>
      <td>
        <Choices
          label={`Projects of ${team.name}`}
          text={plural(team.projects.length, "project")}
          options={projects.map((project) => [project.id, project.name])}
          chosen={team.projects}
          writable={admin}
          onChange={(chosen) => change.mutate({ ...team, projects: chosen })}
        />
      </td>
      <td>{admin && <ConfirmButton label="Remove" onConfirm={() => remove.mutate(team.id)} />}</td>
    </tr>
  );
  return (
    <ManagedList
      title="Teams"
      query={useQuery(teamsQuery(organisation))}
      empty="No teams: every member sees every project"
      head={["Name", "Members", "Projects", ""]}
      row={row}
    >
      {admin && (
        <form onSubmit={submit}>
          <label className="field">
            <span>Name of a new team</span>
            <input
              className="input"
              value={name}
              onChange={(event) => setName(event.target.value)}
              required
              maxLength={200}
            />
          </label>
          <button className="button" disabled={add.isPending}>
            Make a team
          </button>
        </form>
      )}
    </ManagedList>
  );
}

interface ChoicesProps {
  label: string;
  text: string;
  options: readonly (readonly [id: string, name: string])[];
  chosen: readonly string[];
  writable: boolean;
  onChange: (chosen: string[]) => void;
}

function Choices({ label, text, options, chosen, writable, onChange }: ChoicesProps) {
  if (!writable) return <>{text}</>;
  const trigger = (
    <button className="button small" aria-label={`${label}: ${text}`}>
      {text} <Icon name="down" />
    </button>
  );
  const toggle = (id: string) =>
    onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return (
    <Menu trigger={trigger}>
      {options.length === 0 && <MenuLabel>There are none</MenuLabel>}
      {options.map(([id, name]) => (
        <MenuCheck key={id} checked={chosen.includes(id)} onChange={() => toggle(id)}>
          <span className="clip">{name}</span>
        </MenuCheck>
      ))}
    </Menu>
  );
}
