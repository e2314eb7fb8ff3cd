/** The version of grouping that a project has, and the way to another one: tried first, moved to then. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import {
  configurationQuery,
  groupingVersionsQuery,
  moveGrouping,
  tryGrouping,
  type Configuration,
} from "../../../api/configuration";
import { useChange } from "../../../api/management";
import { ConfirmButton } from "../../../components/ConfirmButton";
import { Choice } from "../../../components/fields";
import { Failed, Loading, Notice } from "../../../components/states";
import { say } from "../../../components/toast";
import { useRights } from "../../../lib/role";
import { Outcome } from "./GroupingTrial";

export function GroupingVersion({ project }: { project: string }) {
  const configuration = useQuery(configurationQuery(project));
  const versions = useQuery(groupingVersionsQuery);
  const error = configuration.error ?? versions.error;
  const retry = () => void Promise.all([configuration.refetch(), versions.refetch()]);
  return (
    <section className="panel" aria-label="Version of grouping">
      <div className="panel-head">
        <h2>Version</h2>
        {configuration.data && <span className="chip">{configuration.data.grouping.version}</span>}
      </div>
      {configuration.data && versions.data ? (
        <Versions
          key={configuration.data.version}
          project={project}
          configuration={configuration.data}
          versions={versions.data}
        />
      ) : error ? (
        <Failed error={error} retry={retry} />
      ) : (
        <Loading what="the versions" lines={2} />
      )}
    </section>
  );
}

interface VersionsProps {
  project: string;
  configuration: Configuration;
  versions: readonly string[];
}

function Versions({ project, configuration, versions }: VersionsProps) {
  const { version: present, rules } = configuration.grouping;
  const others = versions.filter((version) => version !== present);
  const [wanted, setWanted] = useState(others.at(-1) ?? "");
  const { write } = useRights(project);
  const trial = useMutation({ mutationFn: () => tryGrouping(project, { version: wanted, rules }) });
  const move = useChange(async () => {
    await moveGrouping(project, wanted);
    say(`Moved to ${wanted}. Events that arrive some seconds from now go by it.`);
  });
  if (others.length === 0) {
    return <p className="panel-body soft">It is the only version that there is.</p>;
  }
  const choose = (version: string) => {
    setWanted(version);
    trial.reset();
  };
  return (
    <div className="panel-body part-form">
      <p className="soft">
        A move splits no issue that is live: its events go on being grouped as before. Bugs that were not seen
        before are grouped by the new version. One can move back.
      </p>
      <div className="managed-new versions">
        <Choice
          label="Another version"
          value={wanted}
          options={others.map((version) => [version, version] as const)}
          onChange={choose}
        />
        <button className="button" onClick={() => trial.mutate()} disabled={trial.isPending}>
          {trial.isPending ? "Trying…" : `Try ${wanted}`}
        </button>
        {write && trial.data && (
          <ConfirmButton label={`Move to ${wanted}`} onConfirm={() => move.mutate(undefined)} />
        )}
      </div>
      <div aria-live="polite">
        {trial.error ? (
          <Notice error>
            <span className="data">{trial.error.message}</span>
          </Notice>
        ) : trial.data ? (
          <>
            <p className="soft">
              What {wanted} would make of the events of the last 7 days if it grouped all of them:
            </p>
            <Outcome project={project} trial={trial.data} />
          </>
        ) : (
          <p className="soft">Try a version to see what it does differently; then you can move to it.</p>
        )}
      </div>
    </div>
  );
}
