import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { firstEventQuery } from "../../api/queries";
import { Empty } from "../../components/states";
import type { IssuesSearch } from "../../search";

interface NoIssuesProps {
  project: string;
  search: IssuesSearch;
  onClear: () => void;
}

/** Why a list is empty: nothing was ever sent, nothing matches, or everything is well. */
export function NoIssues({ project, search, onClear }: NoIssuesProps) {
  const filtered = Object.keys(search).some((name) => name !== "sort");
  const { data: anyEvent } = useQuery({ ...firstEventQuery(project, 0), refetchInterval: false });
  if (anyEvent === null) {
    return (
      <Empty title="Waiting for the first error">
        <p>No event has arrived in this project yet. Three lines in your program change that.</p>
        <Link to="/projects/$project/setup" params={{ project }} className="button primary">
          Set up an SDK
        </Link>
      </Empty>
    );
  }
  if (filtered) {
    return (
      <Empty title="No issue matches">
        <p>Nothing in this period fits the search and the filters.</p>
        <button className="button" onClick={onClear}>
          Clear search and filters
        </button>
      </Empty>
    );
  }
  return (
    <Empty title="Nothing is open">
      <p>No unresolved issue had an event in the last 14 days.</p>
    </Empty>
  );
}
