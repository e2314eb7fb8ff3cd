/** What fired, the rules that it fired by, and where it is sent. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type {
  Alert,
  AlertState,
  Channel,
  Delivery,
  NewChannel,
  Quiet,
  Rule,
  RuleDraft,
  RulePreview,
  StreamedAlert,
  TestResult,
} from "./alertTypes";
import { get, send } from "./client";
import { LIVE } from "./queries";
import type { Page } from "./types";

const segment = encodeURIComponent;
const ofProject = (project: string) => `/projects/${segment(project)}`;
/** More than a project may have of either. */
const ALL = 1_000;

export const alertsQuery = (project: string, state: AlertState | "any", rule?: string) =>
  infiniteQueryOptions({
    queryKey: ["alerts", project, state, rule],
    queryFn: ({ pageParam, signal }) =>
      get<Page<Alert>>(`${ofProject(project)}/alerts`, { state, rule, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: LIVE * 3,
  });

export const rulesQuery = (project: string) =>
  queryOptions({
    queryKey: ["managed", "rules", project],
    queryFn: async ({ signal }) =>
      (await get<Page<Rule>>(`${ofProject(project)}/rules`, { limit: ALL }, signal)).items,
  });

export const channelsQuery = (project: string) =>
  queryOptions({
    queryKey: ["managed", "channels", project],
    queryFn: async ({ signal }) =>
      (await get<Page<Channel>>(`${ofProject(project)}/channels`, {}, signal)).items,
  });

export const quietsQuery = (project: string) =>
  queryOptions({
    queryKey: ["managed", "quiets", project],
    queryFn: async ({ signal }) =>
      (await get<Page<Quiet>>(`${ofProject(project)}/maintenance`, { limit: ALL }, signal)).items,
  });

export const deliveriesQuery = (project: string, only: { alert?: string; channel?: string } = {}) =>
  infiniteQueryOptions({
    queryKey: ["managed", "deliveries", project, only],
    queryFn: ({ pageParam, signal }) =>
      get<Page<Delivery>>(`${ofProject(project)}/deliveries`, { ...only, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: LIVE,
  });

/** What a draft would have fired in the last days. */
export const previewQuery = (project: string, rule: RuleDraft, days: number) =>
  queryOptions({
    queryKey: ["rule-preview", project, rule, days],
    queryFn: () => send<RulePreview>("POST", `${ofProject(project)}/rules/preview`, { rule, days }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });

export const acknowledge = (alert: string) => send<Alert>("POST", `/alerts/${segment(alert)}/acknowledge`);
export const snooze = (alert: string, seconds: number) =>
  send<Quiet>("POST", `/alerts/${segment(alert)}/snooze`, { seconds });

export const addRule = (project: string, draft: RuleDraft) =>
  send<Rule>("POST", `${ofProject(project)}/rules`, draft);
export const changeRule = (project: string, rule: string, parts: Partial<Rule>) =>
  send<Rule>("PATCH", `${ofProject(project)}/rules/${segment(rule)}`, parts);
export const removeRule = (project: string, rule: string) =>
  send("DELETE", `${ofProject(project)}/rules/${segment(rule)}`);

export const addMaintenance = (
  project: string,
  window: { name: string; start: string; end: string; environment: string },
) => send<Quiet>("POST", `${ofProject(project)}/maintenance`, window);
export const removeMaintenance = (project: string, quiet: string) =>
  send("DELETE", `${ofProject(project)}/maintenance/${segment(quiet)}`);

export const addChannel = (project: string, channel: NewChannel) =>
  send<Channel>("POST", `${ofProject(project)}/channels`, channel);
export const changeChannel = (project: string, channel: string, parts: Partial<Channel>) =>
  send<Channel>("PATCH", `${ofProject(project)}/channels/${segment(channel)}`, parts);
export const removeChannel = (project: string, channel: string) =>
  send("DELETE", `${ofProject(project)}/channels/${segment(channel)}`);
export const testChannel = (project: string, channel: string) =>
  send<TestResult>("POST", `${ofProject(project)}/channels/${segment(channel)}/test`);

/** An alert of the stream as lists have it. */
export function asListed(alert: StreamedAlert): Alert {
  const { alert_id, project, rule, started, ended, scope, value, threshold, issues, issue_count, ...rest } =
    alert;
  return {
    ...rest,
    id: alert_id,
    project: String(project),
    rule: String(rule),
    started: isoTime(started),
    ended: ended ? isoTime(ended) : null,
    scope: scope ?? {},
    value: value ?? null,
    threshold: threshold ?? null,
    issues: issues ?? [],
    issue_count: issue_count ?? 0,
    acknowledged: null,
  };
}

const isoTime = (seconds: number) => new Date(seconds * 1000).toISOString();
