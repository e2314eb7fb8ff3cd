/** The stream of issues: search and filters in the address, a list that keeps itself fresh, triage by keyboard. */

import "./issues.css";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ApiError } from "../../api/client";
import { issuesQuery, type IssueFilter } from "../../api/queries";
import { Failed, Loading, Stale } from "../../components/states";
import type { IssuesSearch } from "../../search";
import { FilterBar } from "./FilterBar";
import { IssueList } from "./IssueList";
import { NoIssues } from "./NoIssues";
import { SavedViews } from "./SavedViews";
import { Overview } from "./Overview";

const route = getRouteApi("/inside/projects/$project/issues");

export function IssuesPage() {
  const { project } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = filterOf(search);
  const list = useInfiniteQuery(issuesQuery(project, filter));
  const change = (changed: IssuesSearch) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true });
  // A search that cannot be read is a mistake to mend in the field, not a page that failed.
  const mistake = list.error instanceof ApiError && list.error.status === 400 ? list.error : null;
  const issues = list.data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <div className="page">
      <div className="page-head">
        <h1>Issues</h1>
        <SavedViews
          key={project}
          project={project}
          search={search}
          onOpen={(view) => void navigate({ search: view })}
        />
      </div>
      <FilterBar project={project} filter={filter} mistake={mistake} onChange={change} />
      <Overview project={project} filter={filter} />
      {/* The list of other filters stands there until the new one comes: nobody may act on it. */}
      <section
        className="panel"
        aria-label="Issues"
        aria-busy={list.isFetching}
        inert={list.isPlaceholderData}
      >
        {issues.length > 0 && !list.isFetchNextPageError && !mistake && <Stale error={list.error} />}
        {list.error && !mistake && issues.length === 0 ? (
          <Failed error={list.error} retry={() => void list.refetch()} />
        ) : list.isPending ? (
          <Loading what="issues" lines={9} />
        ) : issues.length === 0 ? (
          <NoIssues project={project} search={search} onClear={() => void navigate({ search: {} })} />
        ) : (
          <IssueList
            key={JSON.stringify(filter)}
            project={project}
            filter={filter}
            list={list}
            issues={issues}
          />
        )}
      </section>
    </div>
  );
}

export function filterOf(search: IssuesSearch): IssueFilter {
  return {
    query: search.query ?? "",
    assigned: search.assigned ?? "",
    status: search.status ?? "unresolved",
    sort: search.sort ?? "last_seen",
    period: search.period ?? "14d",
    environment: search.environment ?? [],
    release: search.release ?? [],
  };
}
