/** One issue: what it is, how often and to whom it happens, and one of its events in full. */

import "./issue.css";
import { useInfiniteQuery, useQuery, type UseInfiniteQueryResult } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Tabs } from "radix-ui";
import { issueEventsQuery, issueQuery } from "../../api/queries";
import { useTriage } from "../../api/triage";
import { Failed, Loading, Stale } from "../../components/states";
import { useHotkeys } from "../../lib/hotkeys";
import { useRights } from "../../lib/role";
import type { IssueSearch } from "../../search";
import { ActivityView } from "./ActivityView";
import { EventList } from "./EventList";
import { EventView } from "./EventView";
import { GroupingView } from "./GroupingView";
import { IssueChart } from "./IssueChart";
import { IssueHead } from "./IssueHead";
import type { Decide } from "./IssueActions";
import { MergedList } from "./MergedList";
import { NewEvents } from "./NewEvents";
import { NoEvents } from "./NoEvents";
import { SimilarView } from "./SimilarView";
import { SuspectCommits } from "./SuspectCommits";
import { TagPanel } from "./TagPanel";

const route = getRouteApi("/inside/projects/$project/issues/$issue");

export function IssuePage() {
  const { project, issue: id } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate();
  const setSearch = route.useNavigate();
  const issue = useQuery(issueQuery(id));
  const events = useInfiniteQuery(issueEventsQuery(id));
  const triage = useTriage(project);
  const list = events.data?.pages.flatMap((page) => page.items) ?? [];
  const event = search.event ?? list[0]?.event_id;
  const status = issue.data?.status;
  const { write } = useRights(project);
  const decide: Decide = (decision) => triage.mutate({ issues: [id], ...decision });
  const change = (next: "resolved" | "muted") => {
    if (write) decide({ to: status === next ? "unresolved" : next });
  };
  useHotkeys({
    u: () => void navigate({ to: "/projects/$project/issues", params: { project } }),
    e: () => change("resolved"),
    m: () => change("muted"),
  });
  const show = (changed: IssueSearch) =>
    void setSearch({ search: (before) => ({ ...before, ...changed }), resetScroll: false });

  if (issue.error && !issue.data) {
    return (
      <div className="page">
        <Failed error={issue.error} retry={() => void issue.refetch()} />
        <p className="state">
          <Link to="/projects/$project/issues" params={{ project }}>
            Back to the issues
          </Link>
        </p>
      </div>
    );
  }
  if (!issue.data) return <Loading what="the issue" lines={10} />;
  return (
    <div className="page">
      <Stale error={issue.error} />
      <IssueHead project={project} issue={issue.data} release={list[0]?.release ?? ""} decide={decide} />
      <IssueChart project={project} issue={issue.data} />
      <SuspectCommits project={project} commits={issue.data.suspect_commits} />
      <div className="issue-columns">
        <Tabs.Root
          className="issue-body"
          value={search.tab ?? "event"}
          onValueChange={(tab) => show({ tab: tab === "event" ? undefined : (tab as IssueSearch["tab"]) })}
        >
          <Tabs.List className="tabs" aria-label="Views of the issue">
            <Tabs.Trigger className="tab" value="event">
              Event
            </Tabs.Trigger>
            <Tabs.Trigger className="tab" value="events">
              All events
            </Tabs.Trigger>
            <Tabs.Trigger className="tab" value="activity">
              Activity
            </Tabs.Trigger>
            <Tabs.Trigger className="tab" value="grouping">
              Why grouped so
            </Tabs.Trigger>
            <Tabs.Trigger className="tab" value="similar">
              Similar
            </Tabs.Trigger>
          </Tabs.List>
          <NewEvents
            issue={issue.data}
            newest={list[0]}
            onShow={() => void events.refetch().then(() => show({ event: undefined }))}
          />
          <Tabs.Content value="event" className="tab-body">
            {event ? (
              <EventView
                project={project}
                issue={id}
                event={event}
                list={events}
                events={list}
                onEvent={(next) => show({ event: next })}
              />
            ) : (
              <WithoutEvent events={events} />
            )}
          </Tabs.Content>
          <Tabs.Content value="events" className="tab-body">
            <EventList
              list={events}
              events={list}
              onEvent={(next) => show({ event: next, tab: undefined })}
            />
          </Tabs.Content>
          <Tabs.Content value="activity" className="tab-body">
            <ActivityView
              project={project}
              issue={id}
              onEvent={(next) => show({ event: next, tab: undefined })}
            />
          </Tabs.Content>
          <Tabs.Content value="grouping" className="tab-body">
            {event ? <GroupingView project={project} event={event} /> : <WithoutEvent events={events} />}
          </Tabs.Content>
          <Tabs.Content value="similar" className="tab-body">
            <MergedList project={project} merged={issue.data.merged} />
            <SimilarView project={project} issue={id} />
          </Tabs.Content>
        </Tabs.Root>
        <TagPanel project={project} issue={id} />
      </div>
    </div>
  );
}

/** Where an event is to be shown, and which is not known: why. */
function WithoutEvent({ events }: { events: UseInfiniteQueryResult }) {
  if (events.error) return <Failed error={events.error} retry={() => void events.refetch()} />;
  return events.isPending ? <Loading what="the newest event" /> : <NoEvents />;
}
