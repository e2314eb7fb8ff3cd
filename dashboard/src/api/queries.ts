/** What the pages ask for, with the keys under which TanStack Query keeps it. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { periodStart, type Period } from "../lib/time";
import { get } from "./client";
import type {
  Activity,
  Completions,
  ErrorRates,
  EventDetail,
  EventSummary,
  Issue,
  IssueDetail,
  IssueSort,
  IssueStatus,
  Measure,
  Page,
  Project,
  SimilarIssue,
  Tags,
} from "./types";

/** Milliseconds between two looks at what changes by itself. */
export const LIVE = 10_000;
export const ISSUES_A_PAGE = 50;
export const EVENTS_A_PAGE = 100;
/** Issues that one decision may be about. */
export const MOST_AT_ONCE = 1_000;

export interface IssueFilter {
  query: string;
  /** Empty for anybody's. */
  assigned: string;
  status: IssueStatus;
  sort: IssueSort;
  period: Period;
  environment: string[];
  release: string[];
}

export interface RatesFilter {
  period: Period;
  /** Seconds. */
  window: number;
  group_by?: string;
  environment?: string[];
  release?: string[];
  level?: string[];
  issue?: string;
  limit?: number;
  measure?: Measure;
  compare?: "previous";
}

const segment = encodeURIComponent;

export const projectsQuery = queryOptions({
  queryKey: ["projects"],
  queryFn: async ({ signal }) => (await get<Page<Project>>("/projects", {}, signal)).items,
  staleTime: 60_000,
});

/** A search that names a status decides on it. */
const SAYS_STATUS = /(^|\s)!?is:/;

export function issuesQuery(project: string, filter: IssueFilter) {
  return infiniteQueryOptions({
    queryKey: ["issues", project, filter],
    queryFn: ({ pageParam, signal }) => getIssues(project, filter, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    // An empty list has no rows that could move under the hand: it fills by itself.
    refetchInterval: (query) => (query.state.data?.pages[0]?.items.length === 0 ? LIVE : false),
  });
}

/** The first page again, to see whether anything changed. */
export function newestIssuesQuery(project: string, filter: IssueFilter) {
  return queryOptions({
    queryKey: ["newest-issues", project, filter],
    queryFn: ({ signal }) => getIssues(project, filter, "", signal),
    refetchInterval: LIVE,
  });
}

function getIssues(project: string, filter: IssueFilter, cursor: string, signal: AbortSignal) {
  const parameters = { ...issueParameters(filter), limit: ISSUES_A_PAGE, cursor };
  return get<Page<Issue>>(`/projects/${segment(project)}/issues`, parameters, signal);
}

/** The ids of all issues that match, as many as one decision takes; a cursor where there are more. */
export const getIssueIds = (project: string, filter: IssueFilter) =>
  get<Page<string>>(`/projects/${segment(project)}/issues/ids`, {
    ...issueParameters(filter),
    limit: MOST_AT_ONCE,
  });

function issueParameters({ period, status, query, assigned, ...rest }: IssueFilter) {
  return {
    ...rest,
    query: assigned ? `${query} assigned:${JSON.stringify(assigned)}`.trim() : query,
    status: SAYS_STATUS.test(query) ? undefined : status,
    from: periodStart(period),
  };
}

/** What could be written in a search of issues at a place of it: `items` are for the text from `start` to `end`. */
export function completionsQuery(project: string, query: string, at: number) {
  return queryOptions({
    queryKey: ["completions", project, query, at],
    queryFn: ({ signal }) =>
      get<Completions>(
        `/projects/${segment(project)}/search/completions`,
        { q: query, at, of: "issues" },
        signal,
      ),
    staleTime: 60_000,
    retry: false,
  });
}

/** Titles of issues by their ids; those whose events are gone have none. */
export function titlesQuery(project: string, issues: string[]) {
  const parameters = { issue: issues, status: "all", from: 0, limit: issues.length };
  return queryOptions({
    queryKey: ["titles", project, [...issues].sort()],
    queryFn: async ({ signal }) => {
      const path = `/projects/${segment(project)}/issues`;
      const { items } = await get<Page<Issue>>(path, parameters, signal);
      return new Map(items.map(({ id, title }) => [id, title]));
    },
    staleTime: 300_000,
    placeholderData: keepPreviousData,
  });
}

export function issueQuery(issue: string) {
  return queryOptions({
    queryKey: ["issue", issue],
    queryFn: ({ signal }) => get<IssueDetail>(`/issues/${segment(issue)}`, {}, signal),
    refetchInterval: LIVE,
  });
}

export function similarQuery(issue: string) {
  return queryOptions({
    queryKey: ["similar", issue],
    queryFn: async ({ signal }) =>
      (await get<Page<SimilarIssue>>(`/issues/${segment(issue)}/similar`, {}, signal)).items,
    staleTime: 60_000,
  });
}

export function tagsQuery(issue: string) {
  return queryOptions({
    queryKey: ["tags", issue],
    queryFn: ({ signal }) => get<Tags>(`/issues/${segment(issue)}/tags`, {}, signal),
    staleTime: 30_000,
  });
}

export function activityQuery(issue: string) {
  return infiniteQueryOptions({
    queryKey: ["activity", issue],
    queryFn: ({ pageParam, signal }) =>
      get<Page<Activity>>(`/issues/${segment(issue)}/activity`, { cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: LIVE * 3,
  });
}

export function issueEventsQuery(issue: string) {
  return infiniteQueryOptions({
    queryKey: ["issue-events", issue],
    queryFn: ({ pageParam, signal }) =>
      get<Page<EventSummary>>(
        `/issues/${segment(issue)}/events`,
        { from: 0, limit: EVENTS_A_PAGE, cursor: pageParam },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    // The event that is being read must not change because somebody comes back to the tab.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

export function eventQuery(project: string, event: string) {
  return queryOptions({
    queryKey: ["event", project, event],
    queryFn: ({ signal }) =>
      get<EventDetail>(`/projects/${segment(project)}/events/${segment(event)}`, {}, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

export function payloadQuery(project: string, event: string) {
  return queryOptions({
    queryKey: ["payload", project, event],
    queryFn: ({ signal }) =>
      get<unknown>(`/projects/${segment(project)}/events/${segment(event)}/raw`, {}, signal),
    staleTime: Infinity,
  });
}

export function ratesParameters(filter: RatesFilter) {
  const { period, ...rest } = filter;
  return { ...rest, from: periodStart(period), to: periodStart(period, 0) };
}

export function ratesQuery(project: string, filter: RatesFilter) {
  return queryOptions({
    queryKey: ["rates", project, filter],
    queryFn: ({ signal }) =>
      get<ErrorRates>(`/projects/${segment(project)}/error-rates`, ratesParameters(filter), signal),
    placeholderData: keepPreviousData,
    refetchInterval: LIVE * 3,
  });
}

/** The newest event of a project since a moment (Unix seconds), or null. */
export function firstEventQuery(project: string, since: number) {
  return queryOptions({
    queryKey: ["first-event", project, since],
    queryFn: async ({ signal }) => {
      const path = `/projects/${segment(project)}/search`;
      return (await get<Page<EventSummary>>(path, { q: "", from: since, limit: 1 }, signal)).items[0] ?? null;
    },
    refetchInterval: (query) => (query.state.data ? false : 2_000),
  });
}
