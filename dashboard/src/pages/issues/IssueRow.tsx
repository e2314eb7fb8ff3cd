import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { Issue } from "../../api/types";
import { Ago, LevelBadge } from "../../components/bits";
import { Sparkline } from "../../components/Sparkline";
import { compact, number, plural, splitTitle } from "../../lib/text";

interface IssueRowProps {
  project: string;
  issue: Issue;
  selected: boolean;
  onToggle: (id: string) => void;
}

export const IssueRow = memo(function IssueRow({ project, issue, selected, onToggle }: IssueRowProps) {
  const { type, rest } = splitTitle(issue.title);
  const day = issue.sparkline.reduce((sum, count) => sum + count, 0);
  return (
    <li className={selected ? "issue-row selected" : "issue-row"}>
      <label className="issue-check">
        <input type="checkbox" className="checkbox" checked={selected} onChange={() => onToggle(issue.id)} />
        <span className="hidden-text">Select {issue.title.slice(0, 100)}</span>
      </label>
      <div className="issue-main">
        <Link
          className="issue-link"
          to="/projects/$project/issues/$issue"
          params={{ project, issue: issue.id }}
          preload={false}
        >
          <strong className="data">{type}</strong>
          {rest && <span className="data">{rest}</span>}
        </Link>
        <div className="issue-meta">
          <LevelBadge level={issue.level} />
          {issue.substatus && issue.substatus !== "ongoing" && (
            <span className="chip">{issue.substatus}</span>
          )}
          {issue.culprit && <span className="clip mono">{issue.culprit}</span>}
          <span className="issue-platform">{issue.platform}</span>
          {issue.assignee && (
            <span className="chip" title={`Assigned to ${issue.assignee}`}>
              <span className="clip assignee">{issue.assignee}</span>
            </span>
          )}
        </div>
      </div>
      <div className="issue-spark">
        <Sparkline values={issue.sparkline} label={`${plural(day, "event")} in the last 24 hours`} />
      </div>
      <Figure label="events" value={issue.count} />
      <Figure label="users" value={issue.users} />
      <div className="issue-age">
        <span>
          <span className="issue-age-label">last </span>
          <Ago time={issue.last_seen} />
        </span>
        <span className="faint">
          <span className="issue-age-label">first </span>
          <Ago time={issue.first_seen} />
        </span>
      </div>
    </li>
  );
});

function Figure({ label, value }: { label: string; value: number }) {
  return (
    <div className={`issue-figure ${label}`} title={`${number(value)} ${label}`}>
      {compact(value)}
      <span className="issue-figure-label"> {label}</span>
    </div>
  );
}
