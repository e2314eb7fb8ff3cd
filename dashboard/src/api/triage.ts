/** Changing the status of issues, one or many. */

import { useMutation, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { say } from "../components/toast";
import { plural } from "../lib/text";
import { ApiError, send } from "./client";
import type { Issue, IssueStatus, Page } from "./types";

interface Change {
  issues: readonly string[];
  status: IssueStatus;
}

const DONE: Record<IssueStatus, string> = {
  resolved: "resolved",
  muted: "muted",
  unresolved: "unresolved again",
};

/** Issues leave the lists at once, and come back where the server refuses. */
export function useTriage() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ issues, status }: Change) => {
      for (const issue of issues) await send("PATCH", `/issues/${encodeURIComponent(issue)}`, { status });
    },
    onMutate: ({ issues }) => {
      client.setQueriesData<InfiniteData<Page<Issue>>>(
        { queryKey: ["issues"] },
        (data) => data && { ...data, pages: data.pages.map((page) => without(page, issues)) },
      );
    },
    onSuccess: (_answer, { issues, status }) => say(`${plural(issues.length, "issue")} ${DONE[status]}.`),
    onError: (error) => {
      const missing = error instanceof ApiError && error.status === 405;
      say(missing ? "This server cannot change the status of issues yet." : error.message);
    },
    onSettled: () =>
      Promise.all(
        [["issues"], ["newest-issues"], ["issue"]].map((queryKey) => client.invalidateQueries({ queryKey })),
      ),
  });
}

function without(page: Page<Issue>, issues: readonly string[]): Page<Issue> {
  return { ...page, items: page.items.filter((issue) => !issues.includes(issue.id)) };
}
