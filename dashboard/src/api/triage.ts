/** Deciding about issues, one or many, and merging them. */

import { useMutation, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { say } from "../components/toast";
import { plural } from "../lib/text";
import { send } from "./client";
import type { Issue, IssueStatus, Page } from "./types";

export interface Decision {
  issues: readonly string[];
  /** What becomes of them; merged into the first of them, or of that status. */
  to: IssueStatus | "merged";
}

const DONE: Record<Decision["to"], string> = {
  resolved: "resolved",
  muted: "muted",
  unresolved: "unresolved again",
  merged: "merged",
};

/** Issues leave the lists at once, and come back where the server refuses: all are changed, or none. */
export function useTriage(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ issues, to }: Decision): Promise<void> => {
      const [into, ...others] = issues;
      if (to === "merged") await send("POST", "/issues/merge", { into, issues: others });
      else
        await send("PATCH", `/projects/${encodeURIComponent(project)}/issues`, { ids: issues, status: to });
    },
    onMutate: ({ issues, to }) => {
      const gone = to === "merged" ? issues.slice(1) : issues;
      client.setQueriesData<InfiniteData<Page<Issue>>>(
        { queryKey: ["issues"] },
        (data) => data && { ...data, pages: data.pages.map((page) => without(page, gone)) },
      );
    },
    onSuccess: (_answer, { issues, to }) => say(`${plural(issues.length, "issue")} ${DONE[to]}.`),
    onError: (error) => say(error.message),
    onSettled: () =>
      Promise.all(
        [["issues"], ["newest-issues"], ["issue"]].map((queryKey) => client.invalidateQueries({ queryKey })),
      ),
  });
}

function without(page: Page<Issue>, issues: readonly string[]): Page<Issue> {
  return { ...page, items: page.items.filter((issue) => !issues.includes(issue.id)) };
}
