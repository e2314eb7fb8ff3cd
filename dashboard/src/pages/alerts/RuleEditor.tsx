import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { addRule, changeRule, channelsQuery } from "../../api/alerts";
import type { Rule, RuleDraft, Severity } from "../../api/alertTypes";
import { useChange } from "../../api/management";
import { Check, Choice, Duration, Group, Text } from "../../components/fields";
import { Notice } from "../../components/states";
import { say } from "../../components/toast";
import { isAboutIssues, isComplete, tidied } from "../../lib/rules";
import { ConditionFields } from "./ConditionFields";
import { Preview } from "./Preview";

interface RuleEditorProps {
  project: string;
  before: RuleDraft;
  /** The rule that is changed; none where it is a new one. */
  rule?: Rule;
  writable: boolean;
  onClose: () => void;
}

/** What a rule says, beside what it would have fired. */
export function RuleEditor({ project, before, rule, writable, onClose }: RuleEditorProps) {
  const [draft, setDraft] = useState(() => draftOf(before));
  const set = (parts: Partial<RuleDraft>) => setDraft((old) => tidied({ ...old, ...parts }));
  const save = useChange((whole: RuleDraft) =>
    rule ? changeRule(project, rule.id, { ...whole, version: rule.version }) : addRule(project, whole),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(draft, {
      onSuccess: () => {
        say(rule ? "The rule is changed." : "The rule holds within seconds.");
        onClose();
      },
    });
  };
  return (
    <div className="rule-columns">
      <form className="panel" onSubmit={submit} aria-label={rule ? "The rule" : "A new rule"}>
        <div className="panel-head">
          <h2>{rule ? "The rule" : "A new rule"}</h2>
          <button type="button" className="button small" onClick={onClose}>
            All rules
          </button>
        </div>
        <fieldset className="panel-body rule-form" disabled={!writable}>
          <Text
            label="Name"
            value={draft.name}
            onChange={(name) => set({ name })}
            required
            maxLength={200}
            placeholder="Checkout fails"
          />
          <ConditionFields condition={draft.condition} onChange={(condition) => set({ condition })} />
          <Which draft={draft} set={set} />
          <What project={project} draft={draft} set={set} />
          {save.error && <Notice error>{save.error.message}</Notice>}
          {writable && (
            <div>
              <button className="button primary" disabled={save.isPending || !isComplete(draft)}>
                {rule ? "Save" : "Make the rule"}
              </button>
            </div>
          )}
        </fieldset>
      </form>
      <Preview project={project} draft={draft} />
    </div>
  );
}

interface PartProps {
  draft: RuleDraft;
  set: (parts: Partial<RuleDraft>) => void;
}

function Which({ draft, set }: PartProps) {
  const { kind } = draft.condition;
  const apart: [RuleDraft["per"], string][] = [
    ["", "all together"],
    ["environment", "each environment"],
  ];
  if (kind !== "silence") apart.push(["release", "each release"], ["issue", "each issue"]);
  return (
    <Group title="Of which events">
      <Text
        label="Search"
        value={draft.query}
        onChange={(query) => set({ query })}
        mono
        placeholder="transaction:/checkout* !level:warning"
      />
      <Text label="Environment" value={draft.environment} onChange={(environment) => set({ environment })} />
      <Text label="Release" value={draft.release} onChange={(release) => set({ release })} mono />
      <Text label="Issue" value={draft.issue} onChange={(issue) => set({ issue: issue.trim() })} mono />
      {!isAboutIssues(kind) && (
        <Choice label="Looked at" value={draft.per} options={apart} onChange={(per) => set({ per })} />
      )}
    </Group>
  );
}

const PAUSES = [0, 300, 900, 3_600, 4 * 3_600, 86_400];

const SEVERITIES: readonly (readonly [Severity, string])[] = [
  ["info", "info"],
  ["warning", "warning"],
  ["critical", "critical"],
];

function What({ project, draft, set }: PartProps & { project: string }) {
  const channels = useQuery(channelsQuery(project)).data ?? [];
  const toggle = (id: string) =>
    set({
      channels: draft.channels.includes(id)
        ? draft.channels.filter((one) => one !== id)
        : [...draft.channels, id],
    });
  return (
    <Group title="What then">
      <Choice
        label="Severity"
        value={draft.severity}
        options={SEVERITIES}
        onChange={(severity) => set({ severity })}
      />
      <Duration
        label="At the earliest again after"
        value={draft.cooldown}
        options={PAUSES}
        none="at once"
        onChange={(cooldown) => set({ cooldown })}
      />
      {isAboutIssues(draft.condition.kind) && (
        <Duration
          label="Gather what follows for"
          value={draft.digest}
          options={PAUSES}
          none="nothing is gathered"
          onChange={(digest) => set({ digest })}
        />
      )}
      <div className="field">
        <span>Channels</span>
        {channels.length === 0 && <span className="faint">There are none yet. The alert is shown here.</span>}
        {channels.map((channel) => (
          <Check
            key={channel.id}
            label={`${channel.name} (${channel.kind})`}
            value={draft.channels.includes(channel.id)}
            onChange={() => toggle(channel.id)}
          />
        ))}
      </div>
      <Check label="Switched on" value={draft.enabled} onChange={(enabled) => set({ enabled })} />
    </Group>
  );
}

/** What of a rule its editor changes. */
function draftOf(rule: RuleDraft): RuleDraft {
  const { name, condition, enabled, severity, query, environment, release, issue, per } = rule;
  const { channels, cooldown, digest } = rule;
  return {
    name,
    condition,
    enabled,
    severity,
    query,
    environment,
    release,
    issue,
    per,
    channels,
    cooldown,
    digest,
  };
}
