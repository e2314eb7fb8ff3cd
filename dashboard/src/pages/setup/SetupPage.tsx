/** From nothing to the first event: pick a platform, paste three lines, watch the error arrive. */

import "./setup.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { firstEventQuery, projectsQuery } from "../../api/queries";
import { CopyButton, Segments } from "../../components/bits";
import { Failed } from "../../components/states";
import { PLATFORMS } from "./platforms";

const route = getRouteApi("/inside/projects/$project/setup");
const KEY = /^[0-9a-f]{32}$/;

export function SetupPage() {
  const { project } = route.useParams();
  const { data: projects, error } = useQuery(projectsQuery);
  const [platform, setPlatform] = useState(PLATFORMS[0]!.id);
  const [key, setKey] = useState("");
  const chosen = PLATFORMS.find((one) => one.id === platform)!;
  const id = projects?.find((one) => one.slug === project || one.id === project)?.id;
  const known = KEY.test(key.trim());
  const dsn = `${location.protocol}//${known ? key.trim() : "KEY"}@${location.host}/${id ?? "PROJECT"}`;
  if (error) return <Failed error={error} />;
  return (
    <div className="page setup">
      <div className="page-head">
        <h1>Set up an SDK</h1>
      </div>
      <Step number={1} title="The key of the project">
        <p className="soft">
          The first start printed one in the DSN; <code>stacktide key add {project}</code> makes another.
        </p>
        <label className="field">
          <span>Public key, 32 hexadecimal digits</span>
          <input
            className="input mono"
            value={key}
            onChange={(event) => setKey(event.target.value)}
            spellCheck={false}
            autoComplete="off"
            aria-invalid={key !== "" && !known}
          />
        </label>
      </Step>
      <Step number={2} title="The platform">
        <Segments
          label="Platform"
          value={platform}
          options={PLATFORMS.map((one) => [one.id, one.name] as const)}
          onChange={setPlatform}
        />
      </Step>
      <Step number={3} title="Three lines">
        <Snippet text={chosen.install} />
        <Snippet text={chosen.lines(dsn)} />
        {!known && (
          <p className="soft">
            <code>KEY</code> stands where the key goes.
          </p>
        )}
      </Step>
      <Step number={4} title="The first event">
        <Arrival project={project} />
      </Step>
    </div>
  );
}

function Step({ number, title, children }: { number: number; title: string; children: React.ReactNode }) {
  return (
    <section className="panel step" aria-label={title}>
      <span className="step-number" aria-hidden="true">
        {number}
      </span>
      <div>
        <h2>{title}</h2>
        {children}
      </div>
    </section>
  );
}

function Snippet({ text }: { text: string }) {
  return (
    <div className="snippet">
      <pre>{text}</pre>
      <CopyButton text={() => text} label="Copy these lines" />
    </div>
  );
}

/** Waits for an event that is newer than the page. */
function Arrival({ project }: { project: string }) {
  const [since] = useState(() => Math.floor(Date.now() / 1000) - 60);
  const { data: event, error } = useQuery(firstEventQuery(project, since));
  if (event) {
    return (
      <div className="arrival here" role="status">
        <strong>It arrived:</strong>
        <Link
          to="/projects/$project/issues/$issue"
          params={{ project, issue: event.issue_id }}
          search={{ event: event.event_id }}
          className="data"
        >
          {event.title}
        </Link>
      </div>
    );
  }
  return (
    <div className="arrival" role="status">
      <span className="pulse" aria-hidden="true" />
      {error ? error.message : "Waiting for an event of this minute or later…"}
    </div>
  );
}
