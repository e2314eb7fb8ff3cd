/** Tells that events have come since the list was loaded, and shows them when somebody asks: what is being read stays. */

import { useState } from "react";
import type { EventSummary, Issue } from "../../api/types";
import { Icon } from "../../components/Icon";
import { useHotkeys } from "../../lib/hotkeys";
import { plural } from "../../lib/text";

interface NewEventsProps {
  issue: Pick<Issue, "count" | "last_seen">;
  newest: EventSummary | undefined;
  onShow: () => void;
}

export function NewEvents({ issue, newest, onShow }: NewEventsProps) {
  // How many there were when the list was loaded, of which its newest event is the mark.
  const [base, setBase] = useState({ mark: newest?.event_id, count: issue.count });
  if (base.mark !== newest?.event_id) setBase({ mark: newest?.event_id, count: issue.count });
  const isNews = newest !== undefined && Date.parse(issue.last_seen) > Date.parse(newest.timestamp);
  useHotkeys({ r: () => isNews && onShow() });
  if (!isNews) return null;
  const more = issue.count - base.count;
  return (
    <button className="live boxed" onClick={onShow}>
      <Icon name="refresh" />
      {more > 0 ? plural(more, "new event") : "New events"} – show <kbd>r</kbd>
    </button>
  );
}
