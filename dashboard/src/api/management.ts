/** Projects, keys, members, tokens: what an organisation manages. Lists here are short, and asked for anew after a change. */

import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { say } from "../components/toast";
import { get, send } from "./client";
import type {
  AuditEntry,
  Invitation,
  Key,
  Member,
  Organisation,
  Page,
  Project,
  Role,
  Team,
  Token,
} from "./types";

const segment = encodeURIComponent;

const list = <Item>(key: string, path: string) =>
  queryOptions({
    queryKey: ["managed", key, path],
    queryFn: async ({ signal }) => (await get<Page<Item>>(path, {}, signal)).items,
  });

const ofProject = (project: string) => `/projects/${segment(project)}`;
const ofOrganisation = (organisation: string) => `/organisations/${segment(organisation)}`;

export const organisationsQuery = list<Organisation>("organisations", "/organisations");
export const keysQuery = (project: string) => list<Key>("keys", `${ofProject(project)}/keys`);
export const membersQuery = (organisation: string) =>
  list<Member>("members", `${ofOrganisation(organisation)}/members`);
export const invitationsQuery = (organisation: string) =>
  list<Invitation>("invitations", `${ofOrganisation(organisation)}/invitations`);
export const tokensQuery = (organisation: string) =>
  list<Token>("tokens", `${ofOrganisation(organisation)}/tokens`);

export const teamsQuery = (organisation: string) =>
  list<Team>("teams", `${ofOrganisation(organisation)}/teams`);

export const auditQuery = (organisation: string) =>
  infiniteQueryOptions({
    queryKey: ["managed", "audit", organisation],
    queryFn: ({ pageParam, signal }) =>
      get<Page<AuditEntry>>(`${ofOrganisation(organisation)}/audit`, { cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
  });

interface ProjectMade {
  project: Project;
  dsn: string;
}

export const addProject = (name: string, organisation?: string) =>
  send<ProjectMade>("POST", "/projects", { name, organisation });
export const renameProject = (project: string, name: string) => send("PATCH", ofProject(project), { name });
export const addKey = (project: string, label: string) =>
  send<{ id: string; dsn: string }>("POST", `${ofProject(project)}/keys`, { label });
export const revokeKey = (project: string, key: string) =>
  send("DELETE", `${ofProject(project)}/keys/${segment(key)}`);
export const invite = (organisation: string, role: Role, email: string) =>
  send<{ url: string }>("POST", `${ofOrganisation(organisation)}/invitations`, {
    role,
    email: email || null,
  });
export const withdrawInvitation = (organisation: string, invitation: string) =>
  send("DELETE", `${ofOrganisation(organisation)}/invitations/${segment(invitation)}`);
export const changeRole = (organisation: string, member: string, role: Role) =>
  send("PATCH", `${ofOrganisation(organisation)}/members/${segment(member)}`, { role });
export const removeMember = (organisation: string, member: string) =>
  send("DELETE", `${ofOrganisation(organisation)}/members/${segment(member)}`);
export const addToken = (organisation: string, name: string, scopes: string[]) =>
  send<{ token: string }>("POST", `${ofOrganisation(organisation)}/tokens`, { name, scopes });
export const revokeToken = (organisation: string, token: string) =>
  send("DELETE", `${ofOrganisation(organisation)}/tokens/${segment(token)}`);

export const addTeam = (organisation: string, name: string) =>
  send("POST", `${ofOrganisation(organisation)}/teams`, { name });
export const changeTeam = (organisation: string, { id, members, projects }: Team) =>
  send("PATCH", `${ofOrganisation(organisation)}/teams/${segment(id)}`, { members, projects });
export const removeTeam = (organisation: string, team: string) =>
  send("DELETE", `${ofOrganisation(organisation)}/teams/${segment(team)}`);

/** Runs a change, shows what went wrong, and has all lists of this module asked for anew. What is `done` after the change is
 * done even where the part of the page that asked for it has gone by then, together with what it showed. */
export function useChange<Given, Answer>(
  change: (given: Given) => Promise<Answer>,
  done?: (answer: Answer, given: Given) => void,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onError: (error) => say(error.message),
    onSuccess: done,
    onSettled: () =>
      Promise.all(
        [["managed"], ["projects"], ["alerts"]].map((queryKey) => client.invalidateQueries({ queryKey })),
      ),
  });
}
