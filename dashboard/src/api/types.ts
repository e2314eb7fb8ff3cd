/** What the API answers, by the names of docs/api.md. Times are ISO 8601 in UTC unless said otherwise. */

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

export interface Project {
  id: string;
  slug: string;
  name: string;
  organisation: string;
}

export type Level = "fatal" | "error" | "warning" | "info" | "debug";
export type IssueStatus = "unresolved" | "resolved" | "muted";
export type IssueSort = "last_seen" | "first_seen" | "count" | "users";

export interface Issue {
  id: string;
  project: string;
  title: string;
  culprit: string;
  status: IssueStatus;
  /** Of an unresolved issue: new, ongoing, regressed or escalating. */
  substatus: string | null;
  /** Who cares for it: an e-mail address, mostly. */
  assignee: string | null;
  level: string;
  platform: string;
  count: number;
  users: number;
  first_seen: string;
  last_seen: string;
  /** Events of each of the last 24 hours, the current one last. */
  sparkline: number[];
  resolution: Resolution | null;
  mute: Mute | null;
  /** The issues that were merged into this one. */
  merged: string[];
}

/** From when on an event contradicts that an issue is resolved. */
export interface Resolution {
  kind: "now" | "in_release" | "in_next_release";
  release?: string | null;
}

/** Until when an issue is muted: the first condition that holds. `until` is in Unix seconds, `window` in seconds. */
export interface Mute {
  until?: number | null;
  events?: number | null;
  users?: number | null;
  rate?: number | null;
  window?: number | null;
  escalating?: boolean;
}

/** Something that happened to an issue, or that somebody did; `by` is null for what its events did. */
export interface Activity {
  id: string;
  issue_id: string;
  at: string;
  kind: string;
  by: string | null;
  detail: Record<string, unknown>;
}

export interface TagDistribution {
  key: string;
  events: number;
  distinct: number;
  values: { value: string; count: number; first_seen: string; last_seen: string }[];
}

/** How the values of fields and tags are spread over `events` events. */
export interface Tags {
  events: number;
  fields: TagDistribution[];
  tags: TagDistribution[];
}

export interface Completions {
  start: number;
  end: number;
  items: string[];
}

export interface EventSummary {
  event_id: string;
  issue_id: string;
  project: string;
  received: string;
  timestamp: string;
  title: string;
  culprit: string;
  message: string;
  level: string;
  platform: string;
  environment: string;
  release: string;
  user: string;
  tags: Record<string, string>;
  fingerprint: string[];
}

export interface Component {
  name: string;
  contributes: boolean;
  hint: string;
  value?: string;
}

export interface Grouping {
  version: string;
  strategy: string;
  fingerprint: string[];
  components: Component[];
}

export interface Frame {
  filename?: string;
  abs_path?: string;
  function?: string;
  module?: string;
  package?: string;
  lineno?: number;
  colno?: number;
  in_app?: boolean;
  instruction_addr?: string;
  context_line?: string;
  pre_context?: string[];
  post_context?: string[];
  vars?: Record<string, unknown>;
  /** The frame as it came, where a source map or a mapping changed it. */
  raw?: Frame;
}

export interface Stacktrace {
  /** Oldest call first. */
  frames?: Frame[];
}

export interface ExceptionValue {
  type?: string;
  value?: string;
  module?: string;
  mechanism?: { type?: string; handled?: boolean; synthetic?: boolean };
  stacktrace?: Stacktrace;
}

export interface Thread {
  id?: string;
  name?: string;
  crashed?: boolean;
  current?: boolean;
  stacktrace?: Stacktrace;
}

export interface User {
  id?: string;
  email?: string;
  username?: string;
  ip_address?: string;
}

/** The normalised event. What an event lacks is left out. */
export interface NormalisedEvent {
  event_id: string;
  /** Unix seconds. */
  timestamp: number;
  platform?: string;
  level?: string;
  logger?: string;
  transaction?: string;
  server_name?: string;
  release?: string;
  dist?: string;
  environment?: string;
  message?: string;
  /** The innermost cause first. */
  exceptions?: ExceptionValue[];
  stacktrace?: Stacktrace;
  threads?: Thread[];
  breadcrumbs?: Record<string, unknown>[];
  tags?: Record<string, string>;
  user?: User;
  request?: Record<string, unknown>;
  contexts?: Record<string, unknown>;
  extra?: Record<string, unknown>;
  modules?: Record<string, string>;
  sdk?: string;
  errors?: string[];
  scrubbed?: { rule: string; path: string }[];
}

export interface EventDetail {
  event_id: string;
  issue_id: string;
  project: string;
  received: string;
  timestamp: string;
  title: string;
  culprit: string;
  level: string;
  platform: string;
  fingerprint: string[];
  grouping: Grouping;
  event: NormalisedEvent;
}

export type Measure =
  "count" | "users" | "sessions" | "crash_free_sessions" | "crash_free_users" | "errors_per_session";

/** The Unix second at which a window begins, the value in it, and that a minute where values add up. */
export type Point = [start: number, value: number | null, perMinute: number | null];

export interface Series {
  by: Record<string, string>;
  points: Point[];
  /** The points of as many windows right before, and by what part the mean has changed; only where asked for. */
  previous?: Point[];
  change?: number | null;
}

export interface ErrorRates {
  measure: Measure;
  window: number;
  step: number;
  series: Series[];
  truncated: boolean;
}

export interface SuspectCommit {
  id: string;
  author: string;
  message: string;
  timestamp: string | null;
  release: string;
  file: string;
  function: string | null;
}

export interface IssueDetail extends Issue {
  first_release: string | null;
  suspect_commits: SuspectCommit[];
}

export interface SimilarIssue {
  issue_id: string;
  title: string;
  /** From 0 to 1. */
  score: number;
  /** Innermost first. */
  shared_frames: string[];
}

export type Role = "owner" | "admin" | "member" | "viewer";

export interface Organisation {
  id: string;
  slug: string;
  name: string;
}

export interface Person {
  id: number;
  email: string;
  name: string;
}

export interface Membership {
  organisation: Organisation;
  role: Role;
}

export interface InvitationShown {
  organisation: Organisation;
  /** Empty where any address will do. */
  email: string;
  role: Role;
}

/** How one can log in; `users` is false before the first owner has accepted the link of the first start. */
export interface Ways {
  password: boolean;
  openid: boolean;
  users: boolean;
}

/** A key of a project; times are Unix seconds. */
export interface Key {
  id: string;
  label: string;
  last_characters: string;
  /** Events a second. */
  rate_limit: number | null;
  created: number;
  revoked: number | null;
}

export interface Member {
  id: string;
  email: string;
  name: string;
  role: Role;
}

export interface Team {
  id: string;
  name: string;
  members: string[];
  projects: string[];
}

/** An open invitation; times are Unix seconds. */
export interface Invitation {
  id: string;
  email: string;
  role: Role;
  created: number;
  expires: number;
}

/** An API token; `projects` is null where it may see all of the organisation; `created` is in Unix seconds. */
export interface Token {
  id: string;
  name: string;
  last_characters: string;
  scopes: string[];
  projects: string[] | null;
  created: number;
}

/** A change that somebody made; `at` is in Unix seconds. */
export interface AuditEntry {
  id: string;
  at: number;
  actor: string;
  action: string;
  target: string;
  project: string | null;
  address: string;
}
