import { Link } from "@tanstack/react-router";
import type { IssueDetail } from "../../api/types";
import { Ago, CopyButton, LevelBadge } from "../../components/bits";
import { Icon } from "../../components/Icon";
import { useRights } from "../../lib/role";
import { number, splitTitle } from "../../lib/text";
import { muteText, resolutionText } from "../../lib/triage";
import { IssueActions, type Decide } from "./IssueActions";

interface IssueHeadProps {
  project: string;
  issue: IssueDetail;
  /** The release of its newest event, if that has one. */
  release: string;
  decide: Decide;
}

export function IssueHead({ project, issue, release, decide }: IssueHeadProps) {
  const { type, rest } = splitTitle(issue.title);
  const { write } = useRights(project);
  return (
    <header className="issue-top">
      <div className="issue-top-line">
        <Link to="/projects/$project/issues" params={{ project }} className="button quiet small">
          <Icon name="left" /> Issues
        </Link>
        <span className="filter-gap" />
        <CopyButton text={() => location.href} label="Copy link" showLabel />
        {write && <IssueActions project={project} issue={issue} release={release} decide={decide} />}
      </div>
      <h1 className="data">
        {type}
        {rest && <span className="issue-value">{rest}</span>}
      </h1>
      <div className="issue-facts">
        <LevelBadge level={issue.level} />
        <span className="chip">{issue.substatus ?? issue.status}</span>
        {issue.mute && issue.status === "muted" && <span>{muteText(issue.mute)}</span>}
        {issue.resolution && issue.status === "resolved" && (
          <span className="data">{resolutionText(issue.resolution)}</span>
        )}
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
