/** What somebody may decide about an issue: when it counts as resolved, until when it is muted, who cares for it. */

import { useState } from "react";
import { assign, useIssueChange, type Decision } from "../../api/triage";
import type { IssueDetail, Mute } from "../../api/types";
import { Icon } from "../../components/Icon";
import { Menu, MenuItem, MenuLabel, MenuLine } from "../../components/Menu";
import { PeopleMenu } from "../../components/PeopleMenu";
import { MuteDialog } from "./MuteDialog";

export type Decide = (decision: Omit<Decision, "issues">) => void;

interface IssueActionsProps {
  project: string;
  issue: IssueDetail;
  /** The release of its newest event, if that has one. */
  release: string;
  decide: Decide;
}

export function IssueActions({ project, issue, release, decide }: IssueActionsProps) {
  return (
    <>
      <AssigneeMenu project={project} issue={issue} />
      <MuteMenu issue={issue} decide={decide} />
      <ResolveMenu issue={issue} release={release} decide={decide} />
    </>
  );
}

const MUTES: readonly (readonly [string, () => Mute])[] = [
  ["For good", () => ({})],
  ["For a day", () => ({ until: Math.floor(Date.now() / 1000) + 86_400 })],
  ["For a week", () => ({ until: Math.floor(Date.now() / 1000) + 604_800 })],
  ["Until 100 more events", () => ({ events: 100 })],
  ["Until 10 more users", () => ({ users: 10 })],
  ["Until it escalates", () => ({ escalating: true })],
];

function MuteMenu({ issue, decide }: { issue: IssueDetail; decide: Decide }) {
  const [dialog, setDialog] = useState(false);
  if (issue.status === "muted") {
    return (
      <button className="button small" onClick={() => decide({ to: "unresolved" })} title="m">
        <Icon name="mute" /> Unmute
      </button>
    );
  }
  const trigger = (
    <button className="button small" title="m mutes it for good">
      <Icon name="mute" /> Mute <Icon name="down" />
    </button>
  );
  return (
    <>
      <Menu trigger={trigger} align="end">
        {MUTES.map(([label, mute]) => (
          <MenuItem key={label} onSelect={() => decide({ to: "muted", mute: mute() })}>
            {label}
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem onSelect={() => setDialog(true)}>Other conditions…</MenuItem>
      </Menu>
      {dialog && (
        <MuteDialog
          onClose={() => setDialog(false)}
          onMute={(mute) => {
            setDialog(false);
            decide({ to: "muted", mute });
          }}
        />
      )}
    </>
  );
}

interface ResolveMenuProps {
  issue: IssueDetail;
  release: string;
  decide: Decide;
}

function ResolveMenu({ issue, release, decide }: ResolveMenuProps) {
  if (issue.status === "resolved") {
    return (
      <button className="button small primary" onClick={() => decide({ to: "unresolved" })} title="e">
        <Icon name="check" /> Open again
      </button>
    );
  }
  const trigger = (
    <button className="button small primary icon" aria-label="Resolve in a release">
      <Icon name="down" />
    </button>
  );
  return (
    <span className="split">
      <button className="button small primary" onClick={() => decide({ to: "resolved" })} title="e">
        <Icon name="check" /> Resolve
      </button>
      <Menu trigger={trigger} align="end">
        <MenuLabel>Resolved, unless it is seen in</MenuLabel>
        <MenuItem onSelect={() => decide({ to: "resolved", resolution: { kind: "in_next_release" } })}>
          the next release or a later one
        </MenuItem>
        {release && (
          <MenuItem onSelect={() => decide({ to: "resolved", resolution: { kind: "in_release", release } })}>
            <span className="clip">{release} or a later one</span>
          </MenuItem>
        )}
      </Menu>
    </span>
  );
}

function AssigneeMenu({ project, issue }: { project: string; issue: IssueDetail }) {
  const change = useIssueChange((assignee: string | null) => assign(issue.id, assignee));
  return (
    <PeopleMenu
      project={project}
      chosen={issue.assignee ?? "Unassigned"}
      label="Assign to"
      align="end"
      small
      onChoose={(email) => change.mutate(email)}
    >
      {issue.assignee !== null && (
        <>
          <MenuLine />
          <MenuItem onSelect={() => change.mutate(null)}>Nobody</MenuItem>
        </>
      )}
    </PeopleMenu>
  );
}
