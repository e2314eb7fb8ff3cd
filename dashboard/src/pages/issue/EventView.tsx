/** One event in full, with the way to its neighbours. */

import { keepPreviousData, useQuery, type UseInfiniteQueryResult } from "@tanstack/react-query";
import { eventQuery } from "../../api/queries";
import { repositoryQuery } from "../../api/repository";
import type { EventSummary } from "../../api/types";
import { Failed, Loading } from "../../components/states";
import { EventNav } from "./EventNav";
import { EventSections } from "./EventSections";
import { StackSection } from "./StackSection";

interface EventViewProps {
  project: string;
  issue: string;
  event: string;
  list: UseInfiniteQueryResult;
  events: readonly EventSummary[];
  onEvent: (event: string | undefined) => void;
}

export function EventView({ project, issue, event, list, events, onEvent }: EventViewProps) {
  const query = useQuery({ ...eventQuery(project, event), placeholderData: keepPreviousData });
  const { data, error, refetch } = query;
  const release = data?.event.release ?? "";
  const repository = useQuery({ ...repositoryQuery(project, release), enabled: data !== undefined }).data;
  return (
    <div className="event">
      <EventNav project={project} event={event} list={list} events={events} onEvent={onEvent} />
      {error && !data ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data || data.issue_id !== issue ? (
        <Loading what="the event" lines={12} />
      ) : (
        <div className={query.isPlaceholderData ? "event stale" : "event"}>
          <StackSection key={data.event_id} event={data.event} repository={repository} />
          <EventSections event={data.event} received={data.received} />
        </div>
      )}
    </div>
  );
}
