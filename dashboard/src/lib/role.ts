/** What somebody may do, so that the page does not offer what the server refuses. The server decides all the same. */

import { useQuery } from "@tanstack/react-query";
import { projectsQuery } from "../api/queries";
import { knownSession } from "../session";

export interface Rights {
  /** Decide about issues and configure projects. */
  write: boolean;
  /** Manage projects, keys, tokens, members and teams. */
  admin: boolean;
}

/** In an organisation, or the project's one. What an API token may do its holder knows: nothing is hidden from it. */
export function rightsIn(organisation: string | undefined): Rights {
  const session = knownSession();
  if (session?.kind !== "user") return { write: true, admin: true };
  const role = session.memberships.find((one) => one.organisation.id === organisation)?.role;
  return {
    write: role !== undefined && role !== "viewer",
    admin: role === "admin" || role === "owner",
  };
}

export function useRights(project: string): Rights {
  const projects = useQuery(projectsQuery).data;
  return rightsIn(projects?.find((one) => one.slug === project || one.id === project)?.organisation);
}
