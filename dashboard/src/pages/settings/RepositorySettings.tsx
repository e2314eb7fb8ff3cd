/** Where the source is, so that frames of stack traces lead there. */

import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { changeRepository, repositoryQuery, type Host, type Repository } from "../../api/repository";
import { useChange } from "../../api/management";
import { Choice, Lines, Text } from "../../components/fields";
import { Failed, Loading, Notice } from "../../components/states";
import { say } from "../../components/toast";
import { useRights } from "../../lib/role";
import { readRoots, writeRoots } from "../../lib/sourceRoots";

const HOSTS: readonly (readonly [Host, string])[] = [
  ["auto", "As its address says"],
  ["github", "GitHub"],
  ["gitlab", "GitLab"],
  ["bitbucket", "Bitbucket"],
];

export function RepositorySettings({ project }: { project: string }) {
  const { data, error, refetch } = useQuery(repositoryQuery(project, ""));
  return (
    <section className="panel" aria-label="Repository">
      <div className="panel-head">
        <h2>Repository</h2>
      </div>
      {error && !data ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading what="the repository" lines={3} />
      ) : (
        <RepositoryForm key={JSON.stringify(data)} project={project} before={data} />
      )}
    </section>
  );
}

function RepositoryForm({ project, before }: { project: string; before: Repository }) {
  const [url, setUrl] = useState(before.url);
  const [host, setHost] = useState(before.host);
  const [branch, setBranch] = useState(before.branch);
  const [roots, setRoots] = useState<readonly string[]>(writeRoots(before.roots));
  const { write } = useRights(project);
  const save = useChange(async () => {
    await changeRepository(project, {
      url: url.trim(),
      host,
      branch: branch.trim(),
      roots: readRoots(roots),
    });
    say("Saved.");
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <form onSubmit={submit}>
      <fieldset className="panel-body part-form" disabled={!write}>
        <p className="soft">
          Frames of the application lead to their line: at the latest commit of the event's release where a
          build has announced it, else on the branch.
        </p>
        <div className="columns">
          <Text
            label="Address of its page"
            value={url}
            type="url"
            placeholder="https://github.com/example/shop"
            maxLength={500}
            onChange={setUrl}
          />
          <Choice label="It is" value={host} options={HOSTS} onChange={setHost} />
          <Text
            label="Branch (the default one, if empty)"
            value={branch}
            maxLength={250}
            mono
            onChange={setBranch}
          />
        </div>
        <Lines
          label="Where files lie that stack traces name differently, one a line"
          value={roots}
          placeholder="/srv/app/ => services/shop/"
          onChange={setRoots}
        />
        {save.error && (
          <Notice error>
            <span className="data">{save.error.message}</span>
          </Notice>
        )}
        {write && (
          <div className="row-actions">
            <button className="button" disabled={save.isPending}>
              Save
            </button>
          </div>
        )}
      </fieldset>
    </form>
  );
}
