import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useChange } from "../../api/management";
import { waitingQuery, workOff } from "../../api/stream";
import { ConfirmButton } from "../../components/ConfirmButton";
import { Failed, Loading } from "../../components/states";
import { say } from "../../components/toast";
import { number, plural } from "../../lib/text";
import { QuarantinedDialog } from "./QuarantinedDialog";

/** What the agents could not work on, by topic, and the ways out. */
export function DeadLetters() {
  const { data, error, refetch } = useQuery(waitingQuery);
  const [shown, setShown] = useState<string | null>(null);
  const topics = (data ?? []).filter((one) => one.waiting > 0);
  return (
    <section className="panel" aria-label="Dead-letter queues">
      <div className="panel-head">
        <h2>Dead-letter queues</h2>
      </div>
      {error && !data ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading what="the queues" lines={2} />
      ) : topics.length === 0 ? (
        <p className="panel-body soft">Nothing is quarantined. Every record could be worked on.</p>
      ) : (
        <ul className="panel-body dead-letters">
          {topics.map(({ topic, waiting }) => (
            <li key={topic}>
              <code>{topic}</code>
              <span className="chip firing">{number(waiting)}</span>
              <span className="filter-gap" />
              <Actions topic={topic} onLook={() => setShown(topic)} />
            </li>
          ))}
        </ul>
      )}
      {shown !== null && <QuarantinedDialog topic={shown} onClose={() => setShown(null)} />}
    </section>
  );
}

const DONE = { redrive: "sent again", drop: "dropped" };

function Actions({ topic, onLook }: { topic: string; onLook: () => void }) {
  const work = useChange(
    (how: keyof typeof DONE) => workOff(topic, how),
    ({ records, waiting }, how) =>
      say(`${plural(records, "record")} ${DONE[how]}; ${number(waiting)} still there.`),
  );
  return (
    <span className="row-actions">
      <button className="button small" onClick={onLook}>
        Look at them
      </button>
      <button className="button small" disabled={work.isPending} onClick={() => work.mutate("redrive")}>
        Redrive
      </button>
      <ConfirmButton label="Drop" onConfirm={() => work.mutate("drop")} />
    </span>
  );
}
