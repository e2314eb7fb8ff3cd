import { useInfiniteQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { activityQuery } from "../../api/queries";
import { comment, useIssueChange } from "../../api/triage";
import type { Activity } from "../../api/types";
import { Ago } from "../../components/bits";
import { LoadMore } from "../../components/LoadMore";
import { Empty, Failed, Loading } from "../../components/states";
import { useRights } from "../../lib/role";
import { activityText } from "../../lib/triage";

interface ActivityViewProps {
  project: string;
  issue: string;
  onEvent: (event: string) => void;
}

/** What happened to an issue and what people did and wrote, the latest first. */
export function ActivityView({ project, issue, onEvent }: ActivityViewProps) {
  const { write } = useRights(project);
  const list = useInfiniteQuery(activityQuery(issue));
  const entries = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="panel" aria-label="Activity">
      {write && <CommentForm issue={issue} />}
      {list.error && entries.length === 0 ? (
        <Failed error={list.error} retry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading what="the activity" lines={4} />
      ) : entries.length === 0 ? (
        <Empty title="Nothing has happened yet" />
      ) : (
        <ol>
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} onEvent={onEvent} />
          ))}
        </ol>
      )}
      <LoadMore list={list} loaded={entries.length} />
    </section>
  );
}

function Entry({ entry, onEvent }: { entry: Activity; onEvent: (event: string) => void }) {
  const { text, event_id } = entry.detail;
  return (
    <li className="activity">
      <div className="activity-line">
        <span className="data">
          {entry.by && <strong>{entry.by} </strong>}
          {activityText(entry)}
        </span>
        {typeof event_id === "string" && event_id && (
          <button className="text-button" onClick={() => onEvent(event_id)}>
            the event
          </button>
        )}
        <span className="faint">
          <Ago time={entry.at} />
        </span>
      </div>
      {typeof text === "string" && <p className="data comment">{text}</p>}
    </li>
  );
}

function CommentForm({ issue }: { issue: string }) {
  const [text, setText] = useState("");
  const write = useIssueChange(() => comment(issue, text.trim()));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    write.mutate(undefined, { onSuccess: () => setText("") });
  };
  return (
    <form className="panel-body comment-form" onSubmit={submit}>
      <label className="field">
        <span>A comment</span>
        <textarea
          className="input lines"
          rows={2}
          value={text}
          onChange={(event) => setText(event.target.value)}
          maxLength={10_000}
          required
        />
      </label>
      <button className="button" disabled={write.isPending || text.trim() === ""}>
        Write it
      </button>
    </form>
  );
}
