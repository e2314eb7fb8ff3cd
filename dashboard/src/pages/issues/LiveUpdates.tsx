/** Looks every few seconds, while the tab is seen, whether the list has changed. Someone at its top sees it change; someone who has gone on, or is
 * about to act, is told instead: rows must not move under the hand. */

import { useQuery, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useEffect } from "react";
import { issuesQuery, LIVE, newestIssuesQuery, type IssueFilter } from "../../api/queries";
import type { Issue, Page } from "../../api/types";
import { Icon } from "../../components/Icon";
import { useHotkeys } from "../../lib/hotkeys";
import { newsOf } from "../../lib/news";

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
  const loaded = list?.pages.flatMap((page) => page.items) ?? [];
  const news = first && newest ? newsOf(loaded, first.items, newest.items) : "";
  const atTop = list?.pages.length === 1 && window.scrollY < 200 && !quiet;
  const load = () => {
    if (newest) client.setQueryData(queryKey, { pages: [newest], pageParams: [""] });
  };
  useEffect(() => {
    if (news && atTop && !document.activeElement?.closest(".issue-row")) load();
  });
  useHotkeys({ r: load });
  const stays = news !== "" && !(atTop && !document.activeElement?.closest(".issue-row"));
  if (!stays) return null;
  return (
    <button className="live" onClick={load}>
      <Icon name="refresh" />
      {news} – show <kbd>r</kbd>
    </button>
  );
}
