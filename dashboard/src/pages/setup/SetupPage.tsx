/** From nothing to the first event: pick a platform, paste three lines, watch the error arrive. */

import "./setup.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { addKey, useChange } from "../../api/management";
import { firstEventQuery, projectsQuery } from "../../api/queries";
import { CopyButton, Segments } from "../../components/bits";
import { Notice } from "../../components/states";
import { useRights } from "../../lib/role";
import { keepDsn, shownDsn } from "./dsn";
import { PLATFORMS } from "./platforms";

const route = getRouteApi("/inside/projects/$project/setup");

export function SetupPage() {
  const { project } = route.useParams();
  return <Setup key={project} project={project} />;
}

function Setup({ project }: { project: string }) {
  const [platform, setPlatform] = useState(PLATFORMS[0]!.id);
  const [dsn, setDsn] = useState(() => shownDsn(project));
  const chosen = PLATFORMS.find((one) => one.id === platform)!;
  return (
    <div className="page setup">
      <div className="page-head">
        <h1>Set up an SDK</h1>
      </div>
      <Step number={1} title="The address to report to">
        <DsnStep project={project} dsn={dsn} onDsn={setDsn} />
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
        <Snippet text={chosen.lines(dsn ?? "DSN")} />
      </Step>
      <Step number={4} title="The first event">
        <Arrival project={project} />
      </Step>
    </div>
  );
}

interface DsnStepProps {
  project: string;
  dsn: string | undefined;
  onDsn: (dsn: string) => void;
}

/** Keys are kept as hashes, so a DSN is seen when it is made and never again: here a new one is made. */
function DsnStep({ project, dsn, onDsn }: DsnStepProps) {
  const { admin } = useRights(project);
  const isKnown = useQuery(projectsQuery).isSuccess;
  const add = useChange(() => addKey(project, "set-up"));
  const make = () =>
    add.mutate(undefined, {
      onSuccess: (made) => {
        keepDsn(project, made.dsn);
        onDsn(made.dsn);
      },
    });
  if (dsn) {
    return (
      <>
        <p className="soft">This DSN is shown once. Whoever has it can send events, and read nothing.</p>
        <Snippet text={dsn} />
      </>
    );
  }
  // Rights depend on the project's organisation.
  if (!isKnown) return null;
  if (!admin) {
    return <p className="soft">Admins see a DSN when they make a key. Ask one of them for it.</p>;
  }
  return (
    <>
      <p className="soft">Use the DSN that you were shown before, or make a new key.</p>
      <div>
        <button className="button" onClick={make} disabled={add.isPending}>
          Make a key
        </button>
      </div>
    </>
  );
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
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
      <CopyButton text={() => text} label="Copy" />
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
  if (error) return <Notice error>{error.message} It is asked again.</Notice>;
  return (
    <div className="arrival" role="status">
      <span className="pulse" aria-hidden="true" />
      Waiting for an event of this minute or later…
    </div>
  );
}
