/** The rows, the keys that move among them, and what is done to those that are selected. */

import { useMutation, type UseInfiniteQueryResult } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { getIssueIds, type IssueFilter } from "../../api/queries";
import { useTriage, type Decision } from "../../api/triage";
import type { Issue } from "../../api/types";
import { say } from "../../components/toast";
import { useHotkeys } from "../../lib/hotkeys";
import { useRights } from "../../lib/role";
import { BulkBar } from "./BulkBar";
import { IssueRow } from "./IssueRow";
import { LiveUpdates } from "./LiveUpdates";
import { LoadMore } from "../../components/LoadMore";

interface IssueListProps {
  project: string;
  filter: IssueFilter;
  list: Pick<
    UseInfiniteQueryResult,
    | "hasNextPage"
    | "isFetchingNextPage"
    | "fetchNextPage"
    | "isPlaceholderData"
    | "refetch"
    | "isFetchNextPageError"
  >;
  issues: Issue[];
}

export function IssueList({ project, filter, list, issues }: IssueListProps) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const matching = useMutation({
    mutationFn: () => getIssueIds(project, filter),
    onSuccess: ({ items }) => setSelected(new Set(items)),
    onError: (error) => say(error.message),
  });
  const rows = useRef<HTMLUListElement>(null);
  const triage = useTriage(project);
  const { write } = useRights(project);
  const links = () => [...(rows.current?.querySelectorAll<HTMLElement>("a.issue-link") ?? [])];
  const current = () => links().findIndex((link) => link.closest("li")?.contains(document.activeElement));
  const move = (by: number) => {
    const all = links();
    const next = Math.min(all.length - 1, Math.max(0, current() + by));
    all[next]?.focus();
    all[next]?.closest("li")?.scrollIntoView({ block: "nearest" });
  };
  const select = (ids: Iterable<string>) => {
    matching.reset();
    setSelected(new Set(ids));
  };
  const toggle = (id: string) =>
    setSelected((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  const chosen = () => {
    // Of all that match most are not shown.
    if (matching.data && selected.size) return [...selected];
    if (selected.size) return issues.filter((issue) => selected.has(issue.id)).map((issue) => issue.id);
    const issue = issues[current()];
    return issue ? [issue.id] : [];
  };
  const change = (to: Decision["to"], assignee?: string | null) => {
    const ids = chosen();
    if (ids.length === 0 || !write) return;
    triage.mutate({ issues: ids, to, assignee });
    select([]);
  };
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    x: () => {
      const issue = issues[current()];
      if (issue) toggle(issue.id);
    },
    e: () => change(filter.status === "resolved" ? "unresolved" : "resolved"),
    m: () => change(filter.status === "muted" ? "unresolved" : "muted"),
  });

  return (
    <>
      <BulkBar
        project={project}
        shown={issues.length}
        selected={selected.size}
        more={list.hasNextPage && selected.size === issues.length ? () => matching.mutate() : undefined}
        cut={matching.data?.next_cursor != null && selected.size === matching.data.items.length}
        looking={matching.isPending}
        status={filter.status}
        writable={write}
        onAll={() => select(selected.size >= issues.length ? [] : issues.map((issue) => issue.id))}
        onChange={change}
      />
      <LiveUpdates project={project} filter={filter} quiet={selected.size > 0} />
      <ul ref={rows} className={list.isPlaceholderData ? "issue-rows stale" : "issue-rows"}>
        {issues.map((issue) => (
          <IssueRow
            key={issue.id}
            project={project}
            issue={issue}
            selected={selected.has(issue.id)}
            onToggle={toggle}
          />
        ))}
      </ul>
      <LoadMore list={list} loaded={issues.length} />
    </>
  );
}
