import type { Decision } from "../../api/triage";
import type { IssueStatus } from "../../api/types";
import { Icon } from "../../components/Icon";
import { plural } from "../../lib/text";

interface BulkBarProps {
  shown: number;
  selected: number;
  status: IssueStatus;
  /** Whether whoever looks may decide about issues. */
  writable: boolean;
  onAll: () => void;
  onChange: (to: Decision["to"]) => void;
}

/** The head of the list; with issues selected, what can be done to them. */
export function BulkBar({ shown, selected, status, writable, onAll, onChange }: BulkBarProps) {
  return (
    <div className="issue-head">
      <label className="issue-check">
        <input
          type="checkbox"
          className="checkbox"
          checked={selected > 0 && selected === shown}
          ref={(box) => {
            if (box) box.indeterminate = selected > 0 && selected < shown;
          }}
          onChange={onAll}
        />
        <span className="hidden-text">Select all issues shown</span>
      </label>
      {selected > 0 ? (
        <div className="bulk">
          <strong aria-live="polite">{plural(selected, "issue")} selected</strong>
          {writable && status !== "resolved" && (
            <button className="button small" onClick={() => onChange("resolved")}>
              <Icon name="check" /> Resolve
            </button>
          )}
          {writable && status !== "muted" && (
            <button className="button small" onClick={() => onChange("muted")}>
              <Icon name="mute" /> Mute
            </button>
          )}
          {writable && status !== "unresolved" && (
            <button className="button small" onClick={() => onChange("unresolved")}>
              Open again
            </button>
          )}
          {writable && selected > 1 && (
            <button className="button small" onClick={() => onChange("merged")}>
              Merge
            </button>
          )}
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
