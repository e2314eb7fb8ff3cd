import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { similarQuery } from "../../api/queries";
import { merge, useIssueChange } from "../../api/triage";
import { Empty, Failed, Loading } from "../../components/states";
import { useRights } from "../../lib/role";
import { percent, plural } from "../../lib/text";

/** Issues whose stack traces are much the same: perhaps one bug under two names. */
export function SimilarView({ project, issue }: { project: string; issue: string }) {
  const { data, error, refetch } = useQuery(similarQuery(issue));
  const { write } = useRights(project);
  const join = useIssueChange((other: string) => merge(issue, other));
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what="similar issues" lines={4} />;
  return (
    <section className="panel" aria-label="Similar issues">
      {data.length === 0 ? (
        <Empty title="No similar issue">
          <p>None of the project's latest issues has much the same stack trace.</p>
        </Empty>
      ) : (
        <ul>
          {data.map((one) => (
            <li key={one.issue_id} className="similar">
              <span className="similar-line">
                <span className="chip accent">{percent(one.score, 1)}</span>
                <Link
                  to="/projects/$project/issues/$issue"
                  params={{ project, issue: one.issue_id }}
                  className="data"
                  preload={false}
                >
                  {one.title || "(no title)"}
                </Link>
                {write && (
                  <button
                    className="button small"
                    disabled={join.isPending}
                    onClick={() => join.mutate(one.issue_id)}
                  >
                    Merge into this one
                  </button>
                )}
              </span>
              <details>
                <summary className="faint">{plural(one.shared_frames.length, "shared frame")}</summary>
                <ol className="mono">
                  {one.shared_frames.map((frame, index) => (
                    <li key={index} className="data">
                      {frame}
                    </li>
                  ))}
                </ol>
              </details>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
