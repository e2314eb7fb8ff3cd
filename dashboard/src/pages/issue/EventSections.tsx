/** What came with an event beside its stack: each kind in a section, none for what it lacks. */

import { type ReactNode } from "react";
import type { NormalisedEvent } from "../../api/types";
import { DataText } from "../../components/bits";
import { plural } from "../../lib/text";
import { fullTime } from "../../lib/time";
import { Breadcrumbs } from "./Breadcrumbs";
import { RequestSection } from "./RequestSection";
import { Values } from "./Values";

export function EventSections({ event, received }: { event: NormalisedEvent; received: string }) {
  const { breadcrumbs = [], request, user, contexts = {}, tags = {}, extra = {}, modules = {} } = event;
  return (
    <>
      {breadcrumbs.length > 0 && <Breadcrumbs breadcrumbs={breadcrumbs} />}
      {request && <RequestSection request={request} />}
      {user && (
        <Section title="User">
          <Values values={{ ...user }} />
        </Section>
      )}
      {has(tags) && (
        <Section title="Tags">
          <Values values={tags} />
        </Section>
      )}
      {has(contexts) && <Contexts contexts={contexts} />}
      {has(extra) && (
        <Section title="Additional data">
          <Values values={extra} />
        </Section>
      )}
      <Section title="About the event">
        <Values values={aboutOf(event, received)} />
      </Section>
      {has(modules) && (
        <Folded title={plural(Object.keys(modules).length, "module")}>
          <Values values={modules} />
        </Folded>
      )}
      <Mended event={event} />
    </>
  );
}

const has = (values: object) => Object.keys(values).length > 0;

function aboutOf(event: NormalisedEvent, received: string): Record<string, unknown> {
  const { event_id, timestamp, release, dist, environment, transaction, logger, server_name, sdk } = event;
  const about = {
    event_id,
    time: fullTime(timestamp * 1000),
    received: fullTime(Date.parse(received)),
    ...{ release, dist, environment, transaction, logger, server_name, sdk },
  };
  return Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined));
}

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      <div className="panel-head">
        <h2>{title}</h2>
      </div>
      <div className="panel-body">{children}</div>
    </section>
  );
}

function Folded({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className="panel folded">
      <summary>{title}</summary>
      <div className="panel-body">{children}</div>
    </details>
  );
}

function Contexts({ contexts }: { contexts: Record<string, unknown> }) {
  return (
    <Section title="Contexts">
      <div className="contexts">
        {Object.entries(contexts).map(([name, value]) => (
          <div key={name}>
            <h3 className="data">{name}</h3>
            {typeof value === "object" && value !== null ? (
              <Values values={value as Record<string, unknown>} />
            ) : (
              <DataText text={String(value)} />
            )}
          </div>
        ))}
      </div>
    </Section>
  );
}

/** What normalisation had to mend, and what scrubbing took out. */
function Mended({ event }: { event: NormalisedEvent }) {
  const { errors = [], scrubbed = [] } = event;
  if (errors.length === 0 && scrubbed.length === 0) return null;
  const title = [
    errors.length ? plural(errors.length, "thing") + " mended" : "",
    scrubbed.length ? plural(scrubbed.length, "place") + " scrubbed" : "",
  ];
  return (
    <Folded title={title.filter(Boolean).join(", ")}>
      <ul className="mended">
        {errors.map((error, index) => (
          <li key={`e${index}`} className="data">
            {error}
          </li>
        ))}
        {scrubbed.map(({ rule, path }, index) => (
          <li key={`s${index}`} className="data">
            <code>{path}</code> by the rule <em>{rule}</em>
          </li>
        ))}
      </ul>
    </Folded>
  );
}
