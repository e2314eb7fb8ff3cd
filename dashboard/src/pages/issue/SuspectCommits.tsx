import type { SuspectCommit } from "../../api/types";
import { Ago } from "../../components/bits";

/** Commits that changed a file of the stack trace in the release that the issue began in. */
export function SuspectCommits({ commits }: { commits: readonly SuspectCommit[] }) {
  if (commits.length === 0) return null;
  return (
    <section className="panel" aria-label="Suspect commits">
      <div className="panel-head">
        <h2>Suspect commits</h2>
      </div>
      <ul>
        {commits.map((commit) => (
          <li key={commit.id} className="suspect">
            <span className="data">{commit.message.split("\n", 1)[0]}</span>
            <span className="faint data">
              <code>{commit.id.slice(0, 10)}</code> by {commit.author || "somebody"}
              {commit.timestamp && (
                <>
                  , <Ago time={commit.timestamp} /> ago
                </>
              )}
              , changed <code>{commit.file}</code>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
