import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import {
  changeRole,
  invitationsQuery,
  invite,
  membersQuery,
  removeMember,
  useChange,
  withdrawInvitation,
} from "../../api/management";
import type { Invitation, Member, Role } from "../../api/types";
import { CopyButton } from "../../components/bits";
import { ConfirmButton } from "../../components/ConfirmButton";
import { ManagedList, ShownOnce } from "../../components/ManagedList";
import { rightsIn } from "../../lib/role";
import { fullTime } from "../../lib/time";

const ROLES: readonly Role[] = ["viewer", "member", "admin", "owner"];

export function Members({ organisation }: { organisation: string }) {
  const change = useChange(({ member, role }: { member: string; role: Role }) =>
    changeRole(organisation, member, role),
  );
  const { admin, owner } = rightsIn(organisation);
  const remove = useChange((member: string) => removeMember(organisation, member));
  const mayChange = (member: Member) => owner || (admin && member.role !== "owner");
  const row = (member: Member) => (
    <tr key={member.id}>
      <td>{member.name}</td>
      <td>{member.email}</td>
      <td>
        {mayChange(member) ? (
          <RoleSelect
            organisation={organisation}
            label={`Role of ${member.email}`}
            role={member.role}
            onChange={(role) => change.mutate({ member: member.id, role })}
          />
        ) : (
          member.role
        )}
      </td>
      <td>
        {mayChange(member) && <ConfirmButton label="Remove" onConfirm={() => remove.mutate(member.id)} />}
      </td>
    </tr>
  );
  return (
    <div className="settings-parts">
      <ManagedList
        title="Members"
        query={useQuery(membersQuery(organisation))}
        empty="No members yet"
        head={["Name", "E-mail", "Role", ""]}
        row={row}
      />
      {admin && <Invitations organisation={organisation} />}
    </div>
  );
}

function Invitations({ organisation }: { organisation: string }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  const add = useChange(() => invite(organisation, role, email.trim()));
  const withdraw = useChange((invitation: string) => withdrawInvitation(organisation, invitation));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined, { onSuccess: () => setEmail("") });
  };
  const row = (invitation: Invitation) => (
    <tr key={invitation.id}>
      <td>{invitation.email || "whoever has the link"}</td>
      <td>{invitation.role}</td>
      <td className="moment">{fullTime(invitation.expires * 1000)}</td>
      <td>
        <button className="button small" onClick={() => withdraw.mutate(invitation.id)}>
          Withdraw
        </button>
      </td>
    </tr>
  );
  return (
    <ManagedList
      title="Invitations"
      query={useQuery(invitationsQuery(organisation))}
      empty="No open invitations"
      head={["For", "Role", "Good until", ""]}
      row={row}
    >
      <form onSubmit={submit}>
        <label className="field">
          <span>E-mail (or none, for whoever has the link)</span>
          <input
            className="input"
            type="email"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </label>
        <RoleSelect organisation={organisation} label="Role of the invited" role={role} onChange={setRole} />
        <button className="button" disabled={add.isPending}>
          Invite
        </button>
      </form>
      {add.data && (
        <ShownOnce label="The link to send.">
          <code className="data">{add.data.url}</code>
          <CopyButton text={() => add.data.url} label="Copy the link" />
        </ShownOnce>
      )}
    </ManagedList>
  );
}

interface RoleSelectProps {
  organisation: string;
  label: string;
  role: Role;
  onChange: (role: Role) => void;
}

/** The roles that whoever looks may give: only owners decide who is an owner. */
const RoleSelect = ({ organisation, label, role, onChange }: RoleSelectProps) => (
  <select
    className="select"
    aria-label={label}
    value={role}
    onChange={(event) => onChange(event.target.value as Role)}
  >
    {ROLES.filter((one) => one !== "owner" || rightsIn(organisation).owner).map((one) => (
      <option key={one} value={one}>
        {one}
      </option>
    ))}
  </select>
);
