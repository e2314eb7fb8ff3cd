/** The parameters of each page's address, read with care: anyone may write an address. */

import type { AlertState } from "./api/alertTypes";
import type { IssueSort, IssueStatus, Measure } from "./api/types";
import { isPeriod, type Period } from "./lib/time";

type Search = Record<string, unknown>;

export const ISSUE_SORTS: readonly (readonly [IssueSort, string])[] = [
  ["last_seen", "Last seen"],
  ["first_seen", "First seen"],
  ["count", "Events"],
  ["users", "Users"],
];
export const STATUSES: readonly (readonly [IssueStatus, string])[] = [
  ["unresolved", "Unresolved"],
  ["resolved", "Resolved"],
  ["muted", "Muted"],
];
export const FACETS = ["release", "environment", "level", "issue"] as const;
export type Facet = (typeof FACETS)[number];

export const MEASURES: readonly (readonly [Measure, string])[] = [
  ["count", "Errors"],
  ["users", "Users with errors"],
  ["sessions", "Sessions"],
  ["crash_free_sessions", "Crash-free sessions"],
  ["crash_free_users", "Crash-free users"],
  ["errors_per_session", "Errors per session"],
];

export interface IssuesSearch {
  query?: string;
  /** Whose issues: somebody's address, "me" or "nobody". */
  assigned?: string;
  status?: IssueStatus;
  sort?: IssueSort;
  period?: Period;
  environment?: string[];
  release?: string[];
}

export interface IssueSearch {
  event?: string;
  tab?: "events" | "activity" | "grouping" | "similar";
}

export interface ExploreSearch {
  measure?: Measure;
  period?: Period;
  by?: Facet | "none";
  environment?: string[];
  release?: string[];
  level?: string[];
  issue?: string;
  compare?: boolean;
  shape?: "lines" | "stacked";
}

export interface AlertsSearch {
  tab?: "rules" | "channels" | "deliveries" | "maintenance";
  state?: AlertState;
  /** The rule whose alerts are shown, or that is edited. */
  rule?: string;
}

const SETTINGS = [
  "filters",
  "scrubbing",
  "grouping",
  "members",
  "teams",
  "privacy",
  "tokens",
  "audit",
] as const;
export type SettingsTab = (typeof SETTINGS)[number];

export interface SettingsSearch {
  tab?: SettingsTab;
}

export const readSettingsSearch = (search: Search): SettingsSearch =>
  present({ tab: choice(search.tab, SETTINGS) });

export function readIssuesSearch(search: Search): IssuesSearch {
  return present({
    query: text(search.query),
    assigned: text(search.assigned)?.slice(0, 200),
    status: choice(
      search.status,
      STATUSES.map(([value]) => value),
    ),
    sort: choice(
      search.sort,
      ISSUE_SORTS.map(([value]) => value),
    ),
    period: isPeriod(search.period) ? search.period : undefined,
    environment: texts(search.environment),
    release: texts(search.release),
  });
}

export function readIssueSearch(search: Search): IssueSearch {
  return present({
    event: text(search.event),
    tab: choice(search.tab, ["events", "activity", "grouping", "similar"] as const),
  });
}

export function readExploreSearch(search: Search): ExploreSearch {
  return present({
    period: isPeriod(search.period) ? search.period : undefined,
    measure: choice(
      search.measure,
      MEASURES.map(([value]) => value),
    ),
    by: choice(search.by, [...FACETS, "none"] as const),
    environment: texts(search.environment),
    release: texts(search.release),
    level: texts(search.level),
    issue: text(search.issue),
    compare: search.compare === true ? true : undefined,
    shape: choice(search.shape, ["lines", "stacked"] as const),
  });
}

export function readAlertsSearch(search: Search): AlertsSearch {
  return present({
    tab: choice(search.tab, ["rules", "channels", "deliveries", "maintenance"] as const),
    state: choice(search.state, ["firing", "resolved"] as const),
    rule: text(search.rule),
  });
}

function text(value: unknown): string | undefined {
  // The router reads what looks like a number as one.
  const read = typeof value === "number" ? String(value) : value;
  return typeof read === "string" && read !== "" ? read.slice(0, 2_000) : undefined;
}

function texts(value: unknown): string[] | undefined {
  const list = (Array.isArray(value) ? value : [value]).map(text).filter((one) => one !== undefined);
  return list.length ? list.slice(0, 50) : undefined;
}

function choice<Value extends string>(value: unknown, choices: readonly Value[]): Value | undefined {
  return choices.find((one) => one === value);
}

/** Without what is undefined, so that addresses stay short. */
function present<Values extends object>(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Values;
}
