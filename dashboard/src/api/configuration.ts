/** What a project wants done with its events: filters, scrubbing and grouping. */

import { queryOptions } from "@tanstack/react-query";
import { get, send } from "./client";

export type Level = "debug" | "info" | "warning" | "error" | "fatal";

export interface SamplingRule {
  name: string;
  /** The part of the events that is kept, from 0 to 1. */
  rate: number;
  releases?: string[];
  environments?: string[];
  levels?: Level[];
  loggers?: string[];
  transactions?: string[];
  errors?: string[];
  tags?: [string, string][];
}

export interface Filters {
  releases: string[];
  environments: string[];
  errors: string[];
  networks: string[];
  least_level: Level;
  localhost: boolean;
  legacy_browsers: boolean;
  browser_extensions: boolean;
  crawlers: boolean;
  sampling: SamplingRule[];
}

export interface ScrubbingRule {
  name: string;
  paths?: string[];
  pattern?: string | null;
  action?: "replace" | "remove" | "mask" | "hash";
  replacement?: string;
}

export interface Scrubbing {
  defaults: boolean;
  disabled: string[];
  sensitive_keys: string[];
  allow_keys: string[];
  allow_paths: string[];
  allow_values: string[];
  addresses: "keep" | "truncate" | "remove";
  rules: ScrubbingRule[];
  hash_key: string;
}

export interface GroupingCondition {
  field: string;
  globs?: string[];
  pattern?: string | null;
  negate?: boolean;
}

export interface GroupingRule {
  name: string;
  conditions: GroupingCondition[];
  fingerprint?: string[];
  frames?: "in_app" | "system" | "ignored" | null;
  title?: string | null;
}

export interface Grouping {
  version: string;
  rules: GroupingRule[];
}

export interface Configuration {
  version: number;
  filters: Filters;
  scrubbing: Scrubbing;
  grouping: Grouping;
  /** For how many days events are kept; null: as long as the service does. */
  retention_days: number | null;
}

export type Part = "filters" | "scrubbing" | "grouping";

/** What grouping by other rules would do to issues, tried on their latest events. */
export interface Trial {
  events: number;
  issues_now: number;
  issues_then: number;
  split: number;
  merged: number;
  renewed: number;
  unchanged: number;
  issues: {
    issue_id: string;
    events: number;
    stay: number;
    move: number;
    splits: boolean;
    renewed: boolean;
    merges_with: string[];
    into?: { issue_id: string; exists: boolean; events: number; title: string; example: string }[];
  }[];
}

const path = (project: string) => `/projects/${encodeURIComponent(project)}`;

export const configurationQuery = (project: string) =>
  queryOptions({
    queryKey: ["managed", "configuration", project],
    queryFn: ({ signal }) => get<Configuration>(`${path(project)}/configuration`, {}, signal),
  });

/** Replaces one part as a whole, unless somebody else has changed the configuration since `version`. */
export const changeConfiguration = (project: string, version: number, part: Part, value: unknown) =>
  send<Configuration>("PATCH", `${path(project)}/configuration`, { [part]: value, version });

/** The versions of grouping that there are, the oldest first. */
export const groupingVersionsQuery = queryOptions({
  queryKey: ["grouping-versions"],
  queryFn: async ({ signal }) => (await get<{ items: string[] }>("/grouping/versions", {}, signal)).items,
  staleTime: Infinity,
});

/** Issues that are live keep their events; bugs not seen before are grouped by the version. */
export const moveGrouping = (project: string, version: string) =>
  send<Configuration>("POST", `${path(project)}/grouping/move`, { version });

export const tryGrouping = (project: string, settings: Grouping) =>
  send<Trial>("POST", `${path(project)}/grouping/preview`, {
    settings: { version: settings.version, rules: settings.rules },
  });
