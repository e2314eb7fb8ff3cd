import { Link } from "@tanstack/react-router";
import type { IssueDetail } from "../../api/types";
import { Ago, CopyButton, LevelBadge } from "../../components/bits";
import { Icon } from "../../components/Icon";
import { number, splitTitle } from "../../lib/text";

interface IssueHeadProps {
  project: string;
  issue: IssueDetail;
  onChange: (status: "resolved" | "muted") => void;
}

export function IssueHead({ project, issue, onChange }: IssueHeadProps) {
  const { type, rest } = splitTitle(issue.title);
  return (
    <header className="issue-top">
      <div className="issue-top-line">
        <Link to="/projects/$project/issues" params={{ project }} className="button quiet small">
          <Icon name="left" /> Issues
        </Link>
        <span className="filter-gap" />
        <CopyButton text={() => location.href} label="Copy link" showLabel />
        <button className="button small" onClick={() => onChange("muted")} title="m">
          <Icon name="mute" /> {issue.status === "muted" ? "Unmute" : "Mute"}
        </button>
        <button className="button small primary" onClick={() => onChange("resolved")} title="e">
          <Icon name="check" /> {issue.status === "resolved" ? "Open again" : "Resolve"}
        </button>
      </div>
      <h1 className="data">
        {type}
        {rest && <span className="issue-value">{rest}</span>}
      </h1>
      <div className="issue-facts">
        <LevelBadge level={issue.level} />
        <span className="chip">{issue.substatus ?? issue.status}</span>
        {issue.culprit && <span className="mono data">{issue.culprit}</span>}
        <span>{issue.platform}</span>
      </div>
      <dl className="issue-figures">
        <Figure label="Events">{number(issue.count)}</Figure>
        <Figure label="Users">{number(issue.users)}</Figure>
        <Figure label="First seen">
          <Ago time={issue.first_seen} />
        </Figure>
        <Figure label="Last seen">
          <Ago time={issue.last_seen} />
        </Figure>
        {issue.first_release && (
          <Figure label="First release">
            <span className="issue-release mono">{issue.first_release}</span>
          </Figure>
        )}
      </dl>
    </header>
  );
}

const Figure = ({ label, children }: { label: string; children: React.ReactNode }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
);
