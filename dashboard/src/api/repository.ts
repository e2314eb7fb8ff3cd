/** Where a project's source is. */

import { queryOptions } from "@tanstack/react-query";
import { get, send } from "./client";

export type Host = "auto" | "github" | "gitlab" | "bitbucket";

/** Files whose path in a stack trace begins with `stack` lie in the repository under `source`, which replaces it. */
export interface SourceRoot {
  stack: string;
  source: string;
}

export interface RepositorySettings {
  url: string;
  host: Host;
  branch: string;
  roots: SourceRoot[];
}

export interface Repository extends RepositorySettings {
  /** The latest of the release that was asked about, where it is known. */
  commit: string | null;
  /** The address of a file, with `{path}` and `{line}` in it; null where there is no repository. */
  link: string | null;
  /** The address of a commit, with `{commit}` in it. */
  commit_link: string | null;
}

const path = (project: string) => `/projects/${encodeURIComponent(project)}/repository`;

export const repositoryQuery = (project: string, release: string) =>
  queryOptions({
    queryKey: ["managed", "repository", project, release],
    queryFn: ({ signal }) => get<Repository>(path(project), { release }, signal),
    staleTime: 60_000,
  });

export const changeRepository = (project: string, settings: RepositorySettings) =>
  send<Repository>("PUT", path(project), settings);
