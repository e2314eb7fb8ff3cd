import { useQuery } from "@tanstack/react-query";
import { changeRule, removeRule, rulesQuery } from "../../api/alerts";
import type { Rule } from "../../api/alertTypes";
import { useChange } from "../../api/management";
import { ConfirmButton } from "../../components/ConfirmButton";
import { Icon } from "../../components/Icon";
import { ManagedList } from "../../components/ManagedList";
import { Empty, Loading } from "../../components/states";
import { useRights } from "../../lib/role";
import { conditionText, newDraft } from "../../lib/rules";
import { plural } from "../../lib/text";
import { RuleEditor } from "./RuleEditor";
import { SeverityBadge } from "./SeverityBadge";

const NEW = "new";

interface RulesProps {
  project: string;
  /** The rule that is being edited: its id, or "new". */
  edited: string | undefined;
  onEdit: (rule: string | undefined) => void;
}

export function Rules({ project, edited, onEdit }: RulesProps) {
  const rules = useQuery(rulesQuery(project));
  const { write } = useRights(project);
  if (edited === undefined) return <RuleList project={project} onEdit={onEdit} />;
  const close = () => onEdit(undefined);
  if (edited === NEW)
    return <RuleEditor project={project} before={newDraft()} writable={write} onClose={close} />;
  if (rules.isPending) return <Loading what="the rule" />;
  const rule = rules.data?.find((one) => one.id === edited);
  if (!rule) {
    return (
      <Empty title="There is no such rule">
        <button className="button" onClick={close}>
          All rules
        </button>
      </Empty>
    );
  }
  return (
    <RuleEditor key={rule.id} project={project} before={rule} rule={rule} writable={write} onClose={close} />
  );
}

function RuleList({ project, onEdit }: { project: string; onEdit: (rule: string) => void }) {
  const { write } = useRights(project);
  const remove = useChange((rule: Rule) => removeRule(project, rule.id));
  const toggle = useChange((rule: Rule) =>
    changeRule(project, rule.id, { enabled: !rule.enabled, version: rule.version }),
  );
  const row = (rule: Rule) => (
    <tr key={rule.id}>
      <td>
        <button className="text-button data" onClick={() => onEdit(rule.id)}>
          {rule.name}
        </button>
      </td>
      <td>
        {conditionText(rule.condition)}
        {rule.per && <span className="faint"> per {rule.per}</span>}
        <span className="rule-filter mono data">{filterText(rule)}</span>
      </td>
      <td>
        <SeverityBadge severity={rule.severity} />
      </td>
      <td>{rule.channels.length ? plural(rule.channels.length, "channel") : "none"}</td>
      <td>{rule.enabled ? "on" : <span className="faint">off</span>}</td>
      <td className="row-actions">
        {write && (
          <>
            <button className="button small" onClick={() => toggle.mutate(rule)}>
              {rule.enabled ? "Switch off" : "Switch on"}
            </button>
            <ConfirmButton label="Remove" onConfirm={() => remove.mutate(rule)} />
          </>
        )}
      </td>
    </tr>
  );
  return (
    <ManagedList
      title="Rules"
      query={useQuery(rulesQuery(project))}
      empty="No rules yet"
      head={["Name", "Fires for", "Severity", "Goes to", "State", ""]}
      row={row}
    >
      {write && (
        <button className="button primary" onClick={() => onEdit(NEW)}>
          <Icon name="plus" /> New rule
        </button>
      )}
    </ManagedList>
  );
}

const filterText = (rule: Rule) =>
  [
    rule.query,
    rule.environment && `environment ${rule.environment}`,
    rule.release && `release ${rule.release}`,
    rule.issue && `issue ${rule.issue.slice(0, 8)}`,
  ]
    .filter(Boolean)
    .join(" · ");
