/** Looks every few seconds whether the list has changed. Someone at its top sees it change; someone who has gone on, or is
 * about to act, is told instead: rows must not move under the hand. */

import { useQuery, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useEffect } from "react";
import { issuesQuery, LIVE, newestIssuesQuery, type IssueFilter } from "../../api/queries";
import type { Issue, Page } from "../../api/types";
import { Icon } from "../../components/Icon";
import { useHotkeys } from "../../lib/hotkeys";

interface LiveUpdatesProps {
  project: string;
  filter: IssueFilter;
  /** Someone is at work: tell, do not change. */
  quiet: boolean;
}

export function LiveUpdates({ project, filter, quiet }: LiveUpdatesProps) {
  const client = useQueryClient();
  const { queryKey } = issuesQuery(project, filter);
  const list = client.getQueryData<InfiniteData<Page<Issue>>>(queryKey);
  const first = list?.pages[0];
  const newest = useQuery({
    ...newestIssuesQuery(project, filter),
    initialData: first,
    staleTime: LIVE,
  }).data;
  const changed = first !== undefined && newest !== undefined && versionOf(first) !== versionOf(newest);
  const atTop = list?.pages.length === 1 && window.scrollY < 200 && !quiet;
  const load = () => {
    if (newest) client.setQueryData(queryKey, { pages: [newest], pageParams: [""] });
  };
  useEffect(() => {
    if (changed && atTop && !document.activeElement?.closest(".issue-row")) load();
  });
  useHotkeys({ r: load });
  if (!changed || atTop) return null;
  return (
    <button className="live" onClick={load}>
      <Icon name="refresh" />
      Something happened since. Load it <kbd>r</kbd>
    </button>
  );
}

function versionOf(page: Page<Issue>): string {
  return page.items.map((issue) => `${issue.id} ${issue.count} ${issue.status}`).join();
}
