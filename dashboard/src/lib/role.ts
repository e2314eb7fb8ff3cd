/** What somebody may do, so that the page does not offer what the server refuses. The server decides all the same. */

import { useQuery } from "@tanstack/react-query";
import { projectsQuery } from "../api/queries";
import { knownSession } from "../session";

export interface Rights {
  /** Decide about issues and configure projects. */
  write: boolean;
  /** Manage projects, keys, tokens, members and teams. */
  admin: boolean;
  /** Decide who is an owner. */
  owner: boolean;
}

/** In an organisation, or the project's one. What an API token may do its holder knows: nothing is hidden from it. */
export function rightsIn(organisation: string | undefined): Rights {
  const session = knownSession();
  if (session?.kind !== "user") return { write: true, admin: true, owner: true };
  const role = session.memberships.find((one) => one.organisation.id === organisation)?.role;
  return {
    write: role !== undefined && role !== "viewer",
    admin: role === "admin" || role === "owner",
    owner: role === "owner",
  };
}

/** Whether somebody manages any organisation: who does makes projects, and may look after the stream. */
export function isAdminSomewhere(): boolean {
  const session = knownSession();
  if (session?.kind !== "user") return true;
  return session.memberships.some((one) => rightsIn(one.organisation.id).admin);
}

export function useRights(project: string): Rights {
  const projects = useQuery(projectsQuery).data;
  return rightsIn(projects?.find((one) => one.slug === project || one.id === project)?.organisation);
}
