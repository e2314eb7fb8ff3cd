import type { Scrubbing, ScrubbingRule } from "../../../api/configuration";
import { Check, Choice, Group, Lines, Text } from "../../../components/fields";
import { PartEditor } from "./PartEditor";
import { RuleList } from "./RuleList";

const ADDRESSES = [
  ["keep", "kept"],
  ["truncate", "cut to /24 and /48"],
  ["remove", "removed"],
] as const;

const ACTIONS = [
  ["replace", "replaced"],
  ["remove", "removed"],
  ["mask", "masked, but for the last four characters"],
  ["hash", "hashed, so that equal values stay equal"],
] as const;

/** What is taken out of events before anything is made of them. */
export const ScrubbingSettings = ({ project }: { project: string }) => (
  <PartEditor
    project={project}
    part="scrubbing"
    title="Scrubbing"
    about="Secrets and personal data are taken out before an event is stored, searched, shown or sent to anyone."
    form={(scrubbing, set) => <ScrubbingFields scrubbing={scrubbing} set={set} />}
  />
);

interface ScrubbingFieldsProps {
  scrubbing: Scrubbing;
  set: (parts: Partial<Scrubbing>) => void;
}

const LISTS = [
  ["disabled", "Default rules that are off, by name", "email"],
  ["sensitive_keys", "Further names of secrets", "customer_number"],
  ["allow_keys", "Names that hold no secret", "token_type"],
  ["allow_paths", "Paths that are left alone", "user.email"],
  ["allow_values", "Values that are left alone (RE2)", ".*@example\\.com"],
] as const;

function ScrubbingFields({ scrubbing, set }: ScrubbingFieldsProps) {
  return (
    <>
      <Group title="In general">
        <Check
          label="Default rules: passwords, keys, cards, e-mail addresses and the like"
          value={scrubbing.defaults}
          onChange={(defaults) => set({ defaults })}
        />
        <Choice
          label="IP addresses are"
          value={scrubbing.addresses}
          options={ADDRESSES}
          onChange={(addresses) => set({ addresses })}
        />
        <Text
          label="Key of hashes"
          value={scrubbing.hash_key}
          onChange={(hash_key) => set({ hash_key })}
          type="password"
        />
      </Group>
      <Group title="Exceptions, one a line">
        {LISTS.map(([name, label, placeholder]) => (
          <Lines
            key={name}
            label={label}
            value={scrubbing[name]}
            placeholder={placeholder}
            onChange={(lines) => set({ [name]: [...lines] })}
          />
        ))}
      </Group>
      <RuleList
        title="Rules of the project's own"
        rules={scrubbing.rules}
        fresh={(): ScrubbingRule => ({ name: "", action: "replace" })}
        onChange={(rules) => set({ rules })}
        fields={(rule, change) => <RuleFields rule={rule} set={change} />}
      />
    </>
  );
}

interface RuleFieldsProps {
  rule: ScrubbingRule;
  set: (parts: Partial<ScrubbingRule>) => void;
}

const RuleFields = ({ rule, set }: RuleFieldsProps) => (
  <>
    <Text label="Name" value={rule.name} onChange={(name) => set({ name })} required />
    <Text
      label="Pattern (RE2; none: the whole value)"
      value={rule.pattern ?? ""}
      onChange={(pattern) => set({ pattern: pattern || null })}
      mono
    />
    <Lines
      label="Paths (none: everywhere)"
      value={rule.paths ?? []}
      placeholder="request.headers.X-Card"
      onChange={(paths) => set({ paths: [...paths] })}
    />
    <Choice
      label="What matches is"
      value={rule.action ?? "replace"}
      options={ACTIONS}
      onChange={(action) => set({ action })}
    />
    {(rule.action ?? "replace") === "replace" && (
      <Text
        label="Replacement"
        value={rule.replacement ?? "[Filtered]"}
        onChange={(replacement) => set({ replacement })}
      />
    )}
  </>
);
