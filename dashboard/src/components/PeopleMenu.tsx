/** A menu of the members of a project's organisation, who are asked for when someone reaches for it. */

import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { membersQuery } from "../api/management";
import { projectsQuery } from "../api/queries";
import { knownSession } from "../session";
import { Icon } from "./Icon";
import { Menu, MenuItem, MenuLabel } from "./Menu";

interface PeopleMenuProps {
  project: string;
  /** What its button says. */
  chosen: string;
  small?: boolean;
  align?: "start" | "end";
  label: string;
  /** What stands for whoever looks; their address by default. */
  me?: string;
  onChoose: (person: string) => void;
  /** Behind the people. */
  children?: ReactNode;
}

export function PeopleMenu(props: PeopleMenuProps) {
  const { project, chosen, small = false, align, label, onChoose, children } = props;
  const [wanted, setWanted] = useState(false);
  const projects = useQuery(projectsQuery).data;
  const organisation = projects?.find((one) => one.slug === project || one.id === project)?.organisation;
  const members = useQuery({
    ...membersQuery(organisation ?? ""),
    enabled: wanted && organisation !== undefined,
  });
  const session = knownSession();
  const own = session?.kind === "user" ? session.user.email : null;
  const others = (members.data ?? []).map((member) => member.email).filter((email) => email !== own);
  const me = props.me ?? own;
  const want = () => setWanted(true);
  const trigger = (
    <button className={small ? "button small" : "button"} onPointerEnter={want} onFocus={want} onClick={want}>
      <span className="clip assignee">{chosen}</span> <Icon name="down" />
    </button>
  );
  return (
    <Menu trigger={trigger} align={align}>
      <MenuLabel>{label}</MenuLabel>
      {me && <MenuItem onSelect={() => onChoose(me)}>Me</MenuItem>}
      {others.map((email) => (
        <MenuItem key={email} onSelect={() => onChoose(email)}>
          <span className="clip">{email}</span>
        </MenuItem>
      ))}
      {members.isLoading && <MenuLabel>Loading…</MenuLabel>}
      {members.error && <MenuLabel>{members.error.message}</MenuLabel>}
      {children}
    </Menu>
  );
}
