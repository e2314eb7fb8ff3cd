import { unmerge, useIssueChange } from "../../api/triage";
import { Shown } from "../../components/Shown";
import { useRights } from "../../lib/role";

/** Rows that are shown at first. */
const MOST = 50;

/** The issues that were merged into this one, and the way back. */
export function MergedList({ project, merged }: { project: string; merged: readonly string[] }) {
  const { write } = useRights(project);
  const back = useIssueChange(unmerge);
  if (merged.length === 0) return null;
  return (
    <section className="panel merged" aria-label="Merged issues">
      <div className="panel-head">
        <h2>Merged into this one</h2>
      </div>
      <Shown items={merged} most={MOST}>
        {(shown) => (
          <ul>
            {shown.map((issue) => (
              <li key={issue} className="similar similar-line">
                <code>{issue.slice(0, 8)}</code>
                {write && (
                  <button
                    className="button small"
                    disabled={back.isPending}
                    onClick={() => back.mutate(issue)}
                  >
                    Make it an issue of its own again
                  </button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Shown>
    </section>
  );
}
