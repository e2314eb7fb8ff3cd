/** The list that somebody comes back to is asked for at once, beside the question who is there: on a slow network that is one
 * wait less. Whom the server does not know any more is refused, and led to the log-in as ever. */

import type { QueryClient } from "@tanstack/react-query";
import { issuesQuery, projectsQuery } from "./api/queries";
import { filterOf } from "./pages/issues/IssuesPage";
import type { makeRouter } from "./router";
import { isSomebodyLikely } from "./session";

export function askForFirstPage(router: ReturnType<typeof makeRouter>, client: QueryClient): void {
  if (!isSomebodyLikely()) return;
  const page = router.matchRoutes(router.latestLocation).at(-1);
  if (page?.routeId !== "/inside/projects/$project/issues") return;
  void client.prefetchQuery(projectsQuery);
  void client.prefetchInfiniteQuery(issuesQuery(page.params.project, filterOf(page.search)));
}
