import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { tryGrouping, type Grouping, type Trial } from "../../../api/configuration";
import { Notice } from "../../../components/states";
import { number, plural } from "../../../lib/text";

/** What the rules as they stand in the form would do to the issues of the last week. */
export function GroupingTrial({ project, grouping }: { project: string; grouping: Grouping }) {
  const trial = useMutation({ mutationFn: () => tryGrouping(project, grouping) });
  return (
    <section className="panel" aria-label="Trial">
      <div className="panel-head">
        <h2>Tried on the last 7 days</h2>
        <button className="button small" onClick={() => trial.mutate()} disabled={trial.isPending}>
          {trial.isPending ? "Trying…" : "Try these rules"}
        </button>
      </div>
      <div className="panel-body" aria-live="polite">
        {trial.error ? (
          <Notice error>
            <span className="data">{trial.error.message}</span>
          </Notice>
        ) : trial.data ? (
          <Outcome project={project} trial={trial.data} />
        ) : (
          <p className="soft">Which issues the rules above would split, merge or renew. Nothing changes.</p>
        )}
      </div>
    </section>
  );
}

/** What a trial found, with the issues that would change. */
export function Outcome({ project, trial }: { project: string; trial: Trial }) {
  return (
    <>
      <p>
        <strong>{plural(trial.issues_now, "issue")}</strong> would be {number(trial.issues_then)}:{" "}
        {number(trial.split)} split, {number(trial.merged)} merged, {number(trial.renewed)} renewed,{" "}
        {number(trial.unchanged)} unchanged.{" "}
        <span className="soft">Tried on {plural(trial.events, "event")}.</span>
      </p>
      <ul className="trial">
        {trial.issues.map((issue) => (
          <li key={issue.issue_id}>
            <Link
              to="/projects/$project/issues/$issue"
              params={{ project, issue: issue.issue_id }}
              preload={false}
            >
              <code>{issue.issue_id.slice(0, 8)}</code>
            </Link>{" "}
            {issue.splits && <span className="chip">splits</span>}{" "}
            {issue.merges_with.length > 0 && <span className="chip">merges</span>}{" "}
            {issue.renewed && <span className="chip">renewed</span>} {number(issue.move)} of{" "}
            {plural(issue.events, "event")} would part
            {issue.into?.map((into) => (
              <span key={into.issue_id} className="trial-into data">
                {number(into.events)} → {into.title || into.issue_id.slice(0, 8)}
              </span>
            ))}
          </li>
        ))}
      </ul>
    </>
  );
}
