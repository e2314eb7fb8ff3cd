import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import type { EventSummary } from "../../api/types";
import { Failed, Loading } from "../../components/states";
import { NoEvents } from "./NoEvents";
import { fullTime } from "../../lib/time";
import { LoadMore } from "../../components/LoadMore";

interface EventListProps {
  list: UseInfiniteQueryResult;
  events: readonly EventSummary[];
  onEvent: (event: string) => void;
}

export function EventList({ list, events, onEvent }: EventListProps) {
  if (list.error && events.length === 0)
    return <Failed error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Loading what="events" />;
  if (events.length === 0) return <NoEvents />;
  return (
    <section className="panel" aria-label="Events">
      <div className="wide-table" tabIndex={0} role="region" aria-label="Table of events">
        <table className="table">
          <thead>
            <tr>
              <th>Time</th>
              <th>Message</th>
              <th>Release</th>
              <th>Environment</th>
              <th>User</th>
            </tr>
          </thead>
          <tbody>
            {events.map((event) => (
              <tr key={event.event_id}>
                <td>
                  <button className="text-button" onClick={() => onEvent(event.event_id)}>
                    {fullTime(Date.parse(event.timestamp))}
                  </button>
                </td>
                <td className="clip">{event.title}</td>
                <td className="clip mono">{event.release}</td>
                <td className="clip">{event.environment}</td>
                <td className="clip">{event.user}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <LoadMore list={list} loaded={events.length} />
    </section>
  );
}
