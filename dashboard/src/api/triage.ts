/** Deciding about issues, one or many, and merging them. */

import { useMutation, useQueryClient, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import { say } from "../components/toast";
import { plural } from "../lib/text";
import { send } from "./client";
import type { Issue, IssueStatus, Mute, Page, Resolution } from "./types";

export interface Decision {
  issues: readonly string[];
  /** What becomes of them; merged into the first of them, given to somebody, or of that status. */
  to: IssueStatus | "merged" | "assigned";
  /** To whom they are given; null for nobody. */
  assignee?: string | null;
  resolution?: Resolution;
  mute?: Mute;
}

const DONE: Record<Exclude<Decision["to"], "assigned">, string> = {
  resolved: "resolved",
  muted: "muted",
  unresolved: "unresolved again",
  merged: "merged",
};

/** Issues leave the lists at once, and come back where the server refuses: all are changed, or none. */
export function useTriage(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (decision: Decision): Promise<void> => {
      const [into, ...others] = decision.issues;
      if (decision.to === "merged") await send("POST", "/issues/merge", { into, issues: others });
      else await send("PATCH", `/projects/${encodeURIComponent(project)}/issues`, changeOf(decision));
    },
    onMutate: ({ issues, to }) => {
      if (to === "assigned") return;
      const gone = to === "merged" ? issues.slice(1) : issues;
      client.setQueriesData<InfiniteData<Page<Issue>>>(
        { queryKey: ["issues"] },
        (data) => data && { ...data, pages: data.pages.map((page) => without(page, gone)) },
      );
    },
    onSuccess: (_answer, decision) => say(`${plural(decision.issues.length, "issue")} ${doneOf(decision)}.`),
    onError: (error) => say(error.message),
    onSettled: () => askAnew(client),
  });
}

function changeOf({ issues, to, assignee, resolution, mute }: Decision): object {
  return to === "assigned" ? { ids: issues, assignee } : { ids: issues, status: to, resolution, mute };
}

function doneOf({ to, assignee }: Decision): string {
  if (to !== "assigned") return DONE[to];
  return assignee ? `given to ${assignee}` : "given to nobody";
}

const askAnew = (client: QueryClient) =>
  Promise.all(
    [["issues"], ["newest-issues"], ["issue"], ["activity"], ["similar"]].map((queryKey) =>
      client.invalidateQueries({ queryKey }),
    ),
  );

/** Something else that people do with one issue. */
export function useIssueChange<Given>(change: (given: Given) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onError: (error) => say(error.message),
    onSettled: () => askAnew(client),
  });
}

export const assign = (issue: string, assignee: string | null) =>
  send("PATCH", `/issues/${encodeURIComponent(issue)}`, { assignee });
export const comment = (issue: string, text: string) =>
  send("POST", `/issues/${encodeURIComponent(issue)}/activity`, { text });
export const unmerge = (issue: string) => send("POST", "/issues/unmerge", { issues: [issue] });
export const merge = (into: string, issue: string) =>
  send("POST", "/issues/merge", { into, issues: [issue] });

function without(page: Page<Issue>, issues: readonly string[]): Page<Issue> {
  return { ...page, items: page.items.filter((issue) => !issues.includes(issue.id)) };
}
