import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import type { EventSummary } from "../../api/types";
import { CopyButton } from "../../components/bits";
import { Icon } from "../../components/Icon";
import { number } from "../../lib/text";
import { useHotkeys } from "../../lib/hotkeys";
import { PayloadDialog } from "./PayloadDialog";

interface EventNavProps {
  project: string;
  event: string;
  list: UseInfiniteQueryResult;
  events: readonly EventSummary[];
  onEvent: (event: string | undefined) => void;
}

/** Steps through the events of an issue, newest first. */
export function EventNav({ project, event, list, events, onEvent }: EventNavProps) {
  const [payload, setPayload] = useState(false);
  const at = events.findIndex((one) => one.event_id === event);
  const newer = at > 0 ? events[at - 1]?.event_id : undefined;
  const older = at >= 0 ? events[at + 1]?.event_id : undefined;
  const atEnd = at === events.length - 1 && list.hasNextPage;
  const goOlder = () => {
    if (older) onEvent(older);
    else if (atEnd) void list.fetchNextPage();
  };
  const goNewer = () => {
    if (newer) onEvent(newer);
  };
  useHotkeys({ j: goOlder, k: goNewer });
  return (
    <div className="event-nav">
      <div className="event-nav-steps">
        <button className="button small" onClick={goNewer} disabled={!newer}>
          <Icon name="left" /> Newer
        </button>
        <button className="button small" onClick={goOlder} disabled={!older && !atEnd}>
          Older <Icon name="right" />
        </button>
        {at !== 0 && events.length > 0 && (
          <button className="button quiet small" onClick={() => onEvent(undefined)}>
            Newest
          </button>
        )}
      </div>
      <span className="soft" aria-live="polite">
        {at >= 0 && `Event ${number(at + 1)} of ${number(events.length)}${list.hasNextPage ? "+" : ""}`}
      </span>
      <span className="filter-gap" />
      <code className="faint event-id">{event.slice(0, 8)}</code>
      <CopyButton text={() => event} label="Copy the event's id" />
      <button className="button small" onClick={() => setPayload(true)}>
        Payload
      </button>
      {payload && <PayloadDialog project={project} event={event} onClose={() => setPayload(false)} />}
    </div>
  );
}
