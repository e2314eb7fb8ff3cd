import type { ReactNode } from "react";
import { Icon } from "../../../components/Icon";

interface RuleListProps<Rule> {
  title: string;
  rules: readonly Rule[];
  /** What a new one begins with. */
  fresh: () => Rule;
  onChange: (rules: Rule[]) => void;
  fields: (rule: Rule, set: (parts: Partial<Rule>) => void) => ReactNode;
}

/** Rules, of which the order counts, each with its fields. */
export function RuleList<Rule extends { name: string }>(props: RuleListProps<Rule>) {
  const { title, rules, fresh, onChange, fields } = props;
  const replace = (at: number, parts: Partial<Rule>) =>
    onChange(rules.map((rule, index) => (index === at ? { ...rule, ...parts } : rule)));
  const up = (at: number) =>
    onChange([...rules.slice(0, at - 1), rules[at]!, rules[at - 1]!, ...rules.slice(at + 1)]);
  return (
    <section className="rule-list" aria-label={title}>
      <h3>{title}</h3>
      {rules.map((rule, at) => (
        // Rules have no id, and fields keep what is being typed: the number of rules makes them anew.
        <fieldset key={`${rules.length} ${at}`} className="field-group">
          <legend className="data">{`${at + 1}. ${rule.name || "(no name)"}`}</legend>
          {fields(rule, (parts) => replace(at, parts))}
          <div className="row-actions">
            {at > 0 && (
              <button type="button" className="button small" onClick={() => up(at)}>
                Move up
              </button>
            )}
            <button
              type="button"
              className="button small"
              onClick={() => onChange(rules.filter((_, index) => index !== at))}
            >
              Remove
            </button>
          </div>
        </fieldset>
      ))}
      <div>
        <button type="button" className="button" onClick={() => onChange([...rules, fresh()])}>
          <Icon name="plus" /> Add a rule
        </button>
      </div>
    </section>
  );
}
