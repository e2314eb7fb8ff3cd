import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { acknowledge, snooze } from "../../api/alerts";
import type { Alert } from "../../api/alertTypes";
import { useChange } from "../../api/management";
import { Ago } from "../../components/bits";
import { Icon } from "../../components/Icon";
import { Menu, MenuItem, MenuLabel } from "../../components/Menu";
import { say } from "../../components/toast";
import { useRights } from "../../lib/role";
import { number, plural } from "../../lib/text";
import { duration } from "../../lib/time";
import { DeliveriesOf } from "./Deliveries";
import { SeverityBadge } from "./SeverityBadge";

const SNOOZES = [3_600, 4 * 3_600, 86_400, 7 * 86_400];
const ISSUES_SHOWN = 3;

interface AlertRowProps {
  project: string;
  alert: Alert;
  onRule: () => void;
}

export function AlertRow({ project, alert, onRule }: AlertRowProps) {
  const [open, setOpen] = useState(false);
  const scope = Object.entries(alert.scope).filter(([name]) => name !== "issue");
  return (
    <li className={`alert ${alert.state}`}>
      <div className="alert-line">
        <span className={alert.state === "firing" ? "chip firing" : "chip"}>
          {alert.state === "firing" ? "firing" : "over"}
        </span>
        <button
          className="alert-title data"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          aria-label={`${alert.title || alert.rule_name}: details`}
        >
          {alert.title || alert.rule_name}
        </button>
        <span className="alert-age">
          <Ago time={alert.started} />
        </span>
      </div>
      <div className="alert-facts">
        <SeverityBadge severity={alert.severity} />
        <button className="text-button data" onClick={onRule}>
          {alert.rule_name}
        </button>
        {scope.map(([name, value]) => (
          <span key={name} className="data">{`${name} ${value || "(none)"}`}</span>
        ))}
        {alert.value !== null && alert.threshold !== null && (
          <span>{`${number(alert.value)} against ${number(alert.threshold)}`}</span>
        )}
        {alert.ended !== null && <span>{`over after ${lasted(alert)}`}</span>}
        {alert.acknowledged && <span className="data">in the hands of {alert.acknowledged.by}</span>}
      </div>
      <IssueLinks project={project} alert={alert} most={open ? alert.issues.length : ISSUES_SHOWN} />
      <Actions project={project} alert={alert} />
      {open && (
        <div className="alert-detail">
          {alert.text && <p className="data alert-text">{alert.text}</p>}
          <DeliveriesOf project={project} alert={alert.id} />
        </div>
      )}
    </li>
  );
}

function IssueLinks({ project, alert, most }: { project: string; alert: Alert; most: number }) {
  if (alert.issues.length === 0) return null;
  const rest = Math.max(alert.issue_count, alert.issues.length) - Math.min(most, alert.issues.length);
  return (
    <ul className="alert-issues">
      {alert.issues.slice(0, most).map((issue) => (
        <li key={issue.id}>
          <Link
            to="/projects/$project/issues/$issue"
            params={{ project, issue: issue.id }}
            className="data"
            preload={false}
          >
            {issue.title || "(no title)"}
          </Link>
        </li>
      ))}
      {rest > 0 && <li className="faint">and {plural(rest, "more issue")}</li>}
    </ul>
  );
}

function Actions({ project, alert }: { project: string; alert: Alert }) {
  const rights = useRights(project);
  const hold = useChange(() => acknowledge(alert.id));
  const quiet = useChange((seconds: number) => snooze(alert.id, seconds));
  if (!rights.write) return null;
  const trigger = (
    <button className="button small" disabled={quiet.isPending}>
      <Icon name="mute" /> Snooze
    </button>
  );
  return (
    <div className="alert-actions">
      {alert.state === "firing" && alert.acknowledged === null && (
        <button
          className="button small"
          disabled={hold.isPending}
          onClick={() => hold.mutate(undefined, { onSuccess: () => say("Acknowledged.") })}
        >
          <Icon name="check" /> Acknowledge
        </button>
      )}
      <Menu trigger={trigger}>
        <MenuLabel>No alert of this rule{Object.keys(alert.scope).length > 0 && " and scope"} for</MenuLabel>
        {SNOOZES.map((seconds) => (
          <MenuItem
            key={seconds}
            onSelect={() =>
              quiet.mutate(seconds, { onSuccess: () => say(`Quiet for ${duration(seconds)}.`) })
            }
          >
            {duration(seconds)}
          </MenuItem>
        ))}
      </Menu>
    </div>
  );
}

function lasted(alert: Alert): string {
  const seconds = Math.round((Date.parse(alert.ended ?? alert.started) - Date.parse(alert.started)) / 1000);
  if (seconds < 120) return duration(Math.max(0, seconds));
  return duration(Math.round(seconds / 60) * 60);
}
