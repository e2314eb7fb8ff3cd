/** What is kept of one end user, for how long a project keeps events, and removing a project. Times are Unix seconds. */

import { infiniteQueryOptions } from "@tanstack/react-query";
import { LIVE } from "./queries";
import { get, send, sendForText } from "./client";
import type { Page } from "./types";

export type SubjectKind = "user_id" | "email" | "ip";

export interface Erasure {
  id: string;
  kind: "user" | "project";
  subject: SubjectKind | null;
  actor: string;
  requested: number;
  state: "waiting" | "running" | "done";
  step: number;
  steps: number;
  problem: string;
  receipt: {
    erased: Record<string, number>;
    started: number;
    finished: number;
    remains: { where: string; until: number | null }[];
  } | null;
}

const path = (project: string) => `/projects/${encodeURIComponent(project)}`;

export const erasuresQuery = (project: string) =>
  infiniteQueryOptions({
    queryKey: ["managed", "erasures", project],
    queryFn: ({ pageParam, signal }) =>
      get<Page<Erasure>>(`${path(project)}/privacy/erasures`, { cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: LIVE,
  });

/** Lines of JSON, of which the last says whether they are all. */
export const exportUser = (project: string, kind: SubjectKind, value: string) =>
  sendForText(`${path(project)}/privacy/export`, { [kind]: value });
export const eraseUser = (project: string, kind: SubjectKind, value: string) =>
  send<Erasure>("POST", `${path(project)}/privacy/erase`, { [kind]: value });
export const changeRetention = (project: string, days: number | null) =>
  send("PATCH", `${path(project)}/configuration`, { retention_days: days });
export const removeProject = (project: string, name: string) => send("DELETE", path(project), { name });
