/** Where it happened: the chain of exceptions, or the stack of the event, or of one of its threads. */

import { useState } from "react";
import type { Repository } from "../../api/repository";
import type { ExceptionValue, NormalisedEvent, Stacktrace, Thread } from "../../api/types";
import { CopyButton, DataText, Segments } from "../../components/bits";
import { useHotkeys } from "../../lib/hotkeys";
import { traceText } from "../../lib/stacktrace";
import { Trace } from "./Trace";

type Order = "newest" | "oldest";
type Shown = "app" | "all";

const MOST_EXCEPTIONS = 10;

interface StackSectionProps {
  event: NormalisedEvent;
  repository: Repository | undefined;
}

export function StackSection({ event, repository }: StackSectionProps) {
  const [shown, setShown] = useState<Shown>("app");
  const [order, setOrder] = useState<Order>("newest");
  const [raw, setRaw] = useState(false);
  const [all, setAll] = useState(false);
  useHotkeys({ a: () => setShown(shown === "app" ? "all" : "app") });
  const exceptions = exceptionsOf(event);
  const threads = (event.threads ?? []).filter((thread) => thread.stacktrace?.frames?.length);
  if (exceptions.length === 0 && threads.length === 0) {
    return event.message ? <Message text={event.message} /> : null;
  }
  const mapped = exceptions.some((one) => one.stacktrace?.frames?.some((frame) => frame.raw));
  const view = { fold: shown === "app", oldestFirst: order === "oldest", raw, repository };
  const outermostFirst = [...exceptions].reverse();
  return (
    <>
      {event.message && <Message text={event.message} />}
      <section className="panel" aria-label="Stack trace">
        <div className="panel-head">
          <h2>Stack trace</h2>
          {mapped && (
            <Segments
              label="Names"
              value={raw ? "raw" : "mapped"}
              options={[
                ["mapped", "Original"],
                ["raw", "Minified"],
              ]}
              onChange={(value) => setRaw(value === "raw")}
            />
          )}
          <Segments
            label="Frames"
            value={shown}
            options={[
              ["app", "App first"],
              ["all", "All frames"],
            ]}
            onChange={setShown}
          />
          <Segments
            label="Order"
            value={order}
            options={[
              ["newest", "Newest call first"],
              ["oldest", "Oldest"],
            ]}
            onChange={setOrder}
          />
          <CopyButton text={() => traceText(exceptions)} label="Copy the stack trace" />
        </div>
        {outermostFirst.slice(0, all ? undefined : MOST_EXCEPTIONS).map((exception, index) => (
          <Exception key={index} exception={exception} cause={index > 0} view={view} />
        ))}
        {!all && outermostFirst.length > MOST_EXCEPTIONS && (
          <button className="button quiet stack-more" onClick={() => setAll(true)}>
            {outermostFirst.length - MOST_EXCEPTIONS} more causes
          </button>
        )}
      </section>
      {threads.length > 0 && <Threads threads={threads} view={view} />}
    </>
  );
}

/** Of an event without exceptions, its bare stack trace stands in for one. */
function exceptionsOf(event: NormalisedEvent): readonly ExceptionValue[] {
  if (event.exceptions?.length) return event.exceptions;
  return event.stacktrace?.frames?.length ? [{ stacktrace: event.stacktrace }] : [];
}

interface View {
  fold: boolean;
  oldestFirst: boolean;
  raw: boolean;
  repository: Repository | undefined;
}

function Exception({ exception, cause, view }: { exception: ExceptionValue; cause: boolean; view: View }) {
  const { mechanism } = exception;
  return (
    <section className="exception" aria-label={exception.type ?? "Stack"}>
      {(exception.type || exception.value || cause) && (
        <div className="exception-head">
          {cause && <span className="faint">Caused by</span>}
          <h3 className="data">
            {exception.module && <span className="exception-module">{exception.module}.</span>}
            {exception.type ?? "(no type)"}
          </h3>
          {mechanism?.handled === false && <span className="chip">unhandled</span>}
          {mechanism?.type && mechanism.type !== "generic" && <span className="chip">{mechanism.type}</span>}
          {exception.value && (
            <p className="exception-value">
              <DataText text={exception.value} />
            </p>
          )}
        </div>
      )}
      <Frames stacktrace={exception.stacktrace} view={view} />
    </section>
  );
}

function Frames({ stacktrace, view }: { stacktrace: Stacktrace | undefined; view: View }) {
  const frames = stacktrace?.frames ?? [];
  if (frames.length === 0) return <p className="panel-body faint">No stack trace came with it.</p>;
  return <Trace frames={frames} {...view} />;
}

function Threads({ threads, view }: { threads: readonly Thread[]; view: View }) {
  const crashed = threads.findIndex((thread) => thread.crashed || thread.current);
  const [at, setAt] = useState(Math.max(0, crashed));
  const thread = threads[at]!;
  return (
    <section className="panel" aria-label="Threads">
      <div className="panel-head">
        <h2>Threads</h2>
        <select
          aria-label="Thread"
          className="select"
          value={at}
          onChange={(event) => setAt(Number(event.target.value))}
        >
          {threads.map((one, index) => (
            <option key={index} value={index}>
              {`${one.name ?? "Thread"} ${one.id ?? ""}${one.crashed ? " (crashed)" : ""}`.slice(0, 80)}
            </option>
          ))}
        </select>
      </div>
      <Frames key={at} stacktrace={thread.stacktrace} view={view} />
    </section>
  );
}

function Message({ text }: { text: string }) {
  return (
    <section className="panel" aria-label="Message">
      <div className="panel-head">
        <h2>Message</h2>
        <CopyButton text={() => text} label="Copy the message" />
      </div>
      <pre className="panel-body">
        <DataText text={text} />
      </pre>
    </section>
  );
}
