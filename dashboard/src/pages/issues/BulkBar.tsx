import { MOST_AT_ONCE } from "../../api/queries";
import type { Decision } from "../../api/triage";
import type { IssueStatus } from "../../api/types";
import { Icon } from "../../components/Icon";
import { MenuItem, MenuLine } from "../../components/Menu";
import { PeopleMenu } from "../../components/PeopleMenu";
import { number, plural } from "../../lib/text";

/** Issues that can be merged at once. */
const MOST_MERGED = 100;

interface BulkBarProps {
  project: string;
  shown: number;
  selected: number;
  /** Selects all that match, where they are more than those shown. */
  more: (() => void) | undefined;
  /** Whether more match than can be selected. */
  cut: boolean;
  looking: boolean;
  status: IssueStatus;
  /** Whether whoever looks may decide about issues. */
  writable: boolean;
  onAll: () => void;
  onChange: (to: Decision["to"], assignee?: string | null) => void;
}

/** The head of the list; with issues selected, what can be done to them. */
export function BulkBar(props: BulkBarProps) {
  const { shown, selected, onAll } = props;
  return (
    <div className="issue-head">
      <label className="issue-check">
        <input
          type="checkbox"
          className="checkbox"
          checked={selected > 0 && selected >= shown}
          ref={(box) => {
            if (box) box.indeterminate = selected > 0 && selected < shown;
          }}
          onChange={onAll}
        />
        <span className="hidden-text">Select all issues shown</span>
      </label>
      {selected > 0 ? (
        <div className="bulk">
          <Selection {...props} />
          {props.writable && <Actions {...props} />}
        </div>
      ) : (
        <>
          <span className="issue-main">Issue</span>
          <span className="issue-spark">Last 24 hours</span>
          <span className="issue-figure">Events</span>
          <span className="issue-figure">Users</span>
          <span className="issue-age">Seen</span>
        </>
      )}
    </div>
  );
}

function Selection({ selected, more, cut, looking, writable }: BulkBarProps) {
  return (
    <>
      <strong aria-live="polite">
        {cut
          ? `The first ${plural(selected, "issue")} that match selected`
          : `${plural(selected, "issue")} selected`}
      </strong>
      {writable && more && (
        <button className="text-button" onClick={more} disabled={looking}>
          {looking ? "Looking for all…" : `Select all that match (at most ${number(MOST_AT_ONCE)})`}
        </button>
      )}
    </>
  );
}

function Actions({ project, selected, status, onChange }: BulkBarProps) {
  return (
    <>
      {status !== "resolved" && (
        <button className="button small" onClick={() => onChange("resolved")}>
          <Icon name="check" /> Resolve
        </button>
      )}
      {status !== "muted" && (
        <button className="button small" onClick={() => onChange("muted")}>
          <Icon name="mute" /> Mute
        </button>
      )}
      {status !== "unresolved" && (
        <button className="button small" onClick={() => onChange("unresolved")}>
          Open again
        </button>
      )}
      <PeopleMenu
        project={project}
        chosen="Assign"
        label="Assign to"
        small
        onChoose={(email) => onChange("assigned", email)}
      >
        <MenuLine />
        <MenuItem onSelect={() => onChange("assigned", null)}>Nobody</MenuItem>
      </PeopleMenu>
      {selected > 1 && selected <= MOST_MERGED && (
        <button className="button small" onClick={() => onChange("merged")}>
          Merge
        </button>
      )}
    </>
  );
}
