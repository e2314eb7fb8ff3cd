import { useQuery } from "@tanstack/react-query";
import { repositoryQuery, type Repository } from "../../api/repository";
import type { SuspectCommit } from "../../api/types";
import { Ago } from "../../components/bits";
import { commitLink } from "../../lib/sourceLinks";

interface SuspectCommitsProps {
  project: string;
  commits: readonly SuspectCommit[];
}

/** Commits that changed a file of the stack trace in the release that the issue began in. */
export function SuspectCommits({ project, commits }: SuspectCommitsProps) {
  const repository = useQuery({ ...repositoryQuery(project, ""), enabled: commits.length > 0 }).data;
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
              <CommitId id={commit.id} repository={repository} /> by {commit.author || "somebody"}
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

function CommitId({ id, repository }: { id: string; repository: Repository | undefined }) {
  const short = <code>{id.slice(0, 10)}</code>;
  const link = commitLink(id, repository);
  if (link === null) return short;
  return (
    <a href={link} target="_blank" rel="noopener noreferrer">
      {short}
    </a>
  );
}
