/** What the API answers about alerts, rules and channels, by the names of docs/alerts.md and docs/notifications.md. Times are
 * ISO 8601 in UTC, and durations in seconds, unless said otherwise. */

export type Severity = "info" | "warning" | "critical";
export type AlertState = "firing" | "resolved";
export type ChangeKind = "new_issue" | "regression" | "escalation" | "unmuted";

export interface AlertIssue {
  id: string;
  title: string;
  culprit?: string;
}

export interface Alert {
  id: string;
  project: string;
  rule: string;
  rule_name: string;
  kind: string;
  state: AlertState;
  severity: Severity;
  title: string;
  text: string;
  /** What was looked at apart: an issue, a release or an environment. */
  scope: Record<string, string>;
  started: string;
  ended: string | null;
  value: number | null;
  threshold: number | null;
  issues: AlertIssue[];
  issue_count: number;
  acknowledged: { by: string; at: string } | null;
}

/** An alert as it stands on the stream and in a preview: times are Unix seconds, and what is empty is left out. */
export interface StreamedAlert {
  alert_id: string;
  project: number;
  rule: number;
  rule_name: string;
  kind: string;
  state: AlertState;
  severity: Severity;
  title: string;
  text: string;
  started: number;
  ended?: number | null;
  scope?: Record<string, string>;
  value?: number | null;
  threshold?: number | null;
  issues?: AlertIssue[];
  issue_count?: number;
}

interface Threshold {
  window: number;
  above: number;
  resolve_below?: number | null;
}

interface RepeatedThreshold extends Threshold {
  windows?: number;
  of?: number;
}

export type Condition =
  | { kind: ChangeKind }
  | ({ kind: "count" | "rate" } & RepeatedThreshold)
  | ({ kind: "users" } & Threshold)
  | { kind: "change"; window: number; percent: number; against?: "previous" | "week"; minimum?: number }
  | { kind: "silence"; window: number }
  | { kind: "crash_free"; window: number; below: number; measure?: "sessions" | "users"; minimum?: number };

export interface RuleDraft {
  name: string;
  condition: Condition;
  enabled: boolean;
  severity: Severity;
  query: string;
  environment: string;
  release: string;
  issue: string;
  per: "" | "issue" | "release" | "environment";
  /** Ids of channels. */
  channels: string[];
  cooldown: number;
  digest: number;
}

export interface Rule extends RuleDraft {
  id: string;
  project: string;
  version: number;
}

export interface RulePreview {
  start: string;
  end: string;
  fired: number;
  events: number;
  /** The latest first, at most 200. */
  alerts: StreamedAlert[];
}

/** A maintenance window, or the snooze of a rule. */
export interface Quiet {
  id: string;
  name: string;
  start: string;
  end: string;
  environment: string;
  rule: string | null;
  scope: Record<string, string>;
}

export type ChannelKind = "email" | "slack" | "pagerduty" | "webhook" | "apprise";

export interface Channel {
  id: string;
  name: string;
  kind: ChannelKind;
  /** Without its secrets. */
  target: Record<string, unknown>;
  /** Of each secret that is set, how it ends. */
  secrets: Record<string, string>;
  enabled: boolean;
  /** Most messages an hour; 0 is the setting's. */
  budget: number;
  failures: number;
  /** A webhook's, where it was just made. */
  new_secret: string | null;
}

export interface NewChannel {
  name: string;
  target: Record<string, unknown>;
}

export interface TestResult {
  outcome: "delivered" | "unavailable" | "refused";
  detail: string;
  seconds: number;
}

export interface Delivery {
  id: string;
  alert_id: string;
  state: string;
  channel: string;
  channel_name: string;
  kind: ChannelKind;
  outcome: "pending" | "delivered" | "refused" | "expired" | "cancelled";
  detail: string;
  queued: string;
  ended: string | null;
  next_attempt: string | null;
  attempts: { at: string; seconds: number; outcome: string; detail: string }[];
}
