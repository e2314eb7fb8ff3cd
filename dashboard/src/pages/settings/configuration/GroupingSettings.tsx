import type { GroupingCondition, GroupingRule } from "../../../api/configuration";
import { Check, Choice, Lines, Text } from "../../../components/fields";
import { GroupingTrial } from "./GroupingTrial";
import { GroupingVersion } from "./GroupingVersion";
import { PartEditor } from "./PartEditor";
import { RuleList } from "./RuleList";

const FRAMES = [
  ["", "as the SDK says"],
  ["in_app", "the application's"],
  ["system", "not the application's"],
  ["ignored", "ignored by grouping"],
] as const;

/** Which events are one issue, as the project wants it. */
export const GroupingSettings = ({ project }: { project: string }) => (
  <div className="settings-parts">
    <GroupingRules project={project} />
    <GroupingVersion project={project} />
  </div>
);

const GroupingRules = ({ project }: { project: string }) => (
  <PartEditor
    project={project}
    part="grouping"
    title="Grouping"
    about="Rules are tried in order; the first that says something decides on the fingerprint, on the title, and on each frame."
    form={(grouping, set) => (
      <RuleList
        title={`Rules (grouping version ${grouping.version})`}
        rules={grouping.rules}
        fresh={(): GroupingRule => ({ name: "", conditions: [{ field: "type", globs: [] }] })}
        onChange={(rules) => set({ rules })}
        fields={(rule, change) => <RuleFields rule={rule} set={change} />}
      />
    )}
    below={(grouping) => <GroupingTrial project={project} grouping={grouping} />}
  />
);

interface RuleFieldsProps {
  rule: GroupingRule;
  set: (parts: Partial<GroupingRule>) => void;
}

function RuleFields({ rule, set }: RuleFieldsProps) {
  const { conditions } = rule;
  const replace = (at: number, parts: Partial<GroupingCondition>) =>
    set({ conditions: conditions.map((one, index) => (index === at ? { ...one, ...parts } : one)) });
  return (
    <>
      <Text label="Name" value={rule.name} onChange={(name) => set({ name })} required maxLength={100} />
      <Text
        label="Title of the issue"
        value={rule.title ?? ""}
        placeholder="{{ tags.upstream }} did not answer"
        onChange={(title) => set({ title: title || null })}
        maxLength={500}
      />
      <Lines
        label="Fingerprint, a value a line"
        value={rule.fingerprint ?? []}
        placeholder={"timeout\n{{ tags.upstream }}"}
        onChange={(fingerprint) => set({ fingerprint: [...fingerprint] })}
      />
      <Choice
        label="Frames that match are"
        value={rule.frames ?? ""}
        options={FRAMES}
        onChange={(frames) => set({ frames: frames || null })}
      />
      {conditions.map((condition, at) => (
        <ConditionFields
          key={`${conditions.length} ${at}`}
          condition={condition}
          set={(parts) => replace(at, parts)}
          remove={
            conditions.length > 1
              ? () => set({ conditions: conditions.filter((_, index) => index !== at) })
              : undefined
          }
        />
      ))}
      <div className="row-actions wide">
        <button
          type="button"
          className="button small"
          onClick={() => set({ conditions: [...conditions, { field: "value", globs: [] }] })}
        >
          Add a condition
        </button>
      </div>
    </>
  );
}

interface ConditionFieldsProps {
  condition: GroupingCondition;
  set: (parts: Partial<GroupingCondition>) => void;
  remove?: () => void;
}

const ConditionFields = ({ condition, set, remove }: ConditionFieldsProps) => (
  <fieldset className="field-group wide">
    <legend>Condition</legend>
    <Text
      label="Field"
      value={condition.field}
      onChange={(field) => set({ field })}
      hint="type, value, message, release, tags.NAME, module, path, function …"
      required
      mono
    />
    <Lines
      label="Matches one of"
      value={condition.globs ?? []}
      placeholder="*Timeout*"
      onChange={(globs) => set({ globs: [...globs] })}
    />
    <Text
      label="or the pattern (RE2)"
      value={condition.pattern ?? ""}
      onChange={(pattern) => set({ pattern: pattern || null })}
      mono
    />
    <Check label="It does not" value={condition.negate ?? false} onChange={(negate) => set({ negate })} />
    {remove && (
      <div className="row-actions">
        <button type="button" className="button small" onClick={remove}>
          Remove the condition
        </button>
      </div>
    )}
  </fieldset>
);
