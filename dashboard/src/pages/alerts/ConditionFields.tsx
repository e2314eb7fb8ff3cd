import type { Condition } from "../../api/alertTypes";
import { Choice, Duration, Group, NumberInput } from "../../components/fields";
import { conditionOf, KINDS, type ConditionKind } from "../../lib/rules";

const WINDOWS = [60, 300, 600, 900, 1_800, 3_600, 6 * 3_600, 86_400, 7 * 86_400];

/** Sessions are counted by quarters of an hour. */
const QUARTERS = [900, 1_800, 3_600, 6 * 3_600, 86_400, 7 * 86_400];

interface ConditionFieldsProps {
  condition: Condition;
  onChange: (condition: Condition) => void;
}

/** The kind of a condition, and what that kind wants to know. */
export function ConditionFields({ condition, onChange }: ConditionFieldsProps) {
  return (
    <Group title="When">
      <Choice<ConditionKind>
        label="Fires for"
        value={condition.kind}
        options={KINDS}
        onChange={(kind) => onChange(conditionOf(kind, condition))}
      />
      {"window" in condition && (
        <Duration
          label={condition.kind === "silence" ? "For" : "Window"}
          value={condition.window}
          options={condition.kind === "crash_free" ? QUARTERS : WINDOWS}
          onChange={(window) => onChange({ ...condition, window })}
        />
      )}
      {"above" in condition && (
        <ThresholdFields key={condition.kind} condition={condition} onChange={onChange} />
      )}
      {condition.kind === "change" && <ChangeFields condition={condition} onChange={onChange} />}
      {condition.kind === "crash_free" && <CrashFreeFields condition={condition} onChange={onChange} />}
    </Group>
  );
}

interface FieldsProps<Kind> {
  condition: Kind;
  onChange: (condition: Condition) => void;
}

type Threshold = Extract<Condition, { above: number }>;

function ThresholdFields({ condition, onChange }: FieldsProps<Threshold>) {
  const unit =
    condition.kind === "rate" ? "events a minute" : condition.kind === "users" ? "users" : "events";
  return (
    <>
      <NumberInput
        label={`More than (${unit})`}
        value={condition.above}
        min={0}
        step="any"
        onChange={(above) => onChange({ ...condition, above: above ?? NaN })}
      />
      <NumberInput
        label="Over below (or as soon as it is not more)"
        value={condition.resolve_below}
        min={0}
        step="any"
        optional
        onChange={(resolve_below) => onChange({ ...condition, resolve_below })}
      />
      {condition.kind !== "users" && (
        <div className="field-pair">
          <NumberInput
            label="In so many windows"
            value={condition.windows ?? 1}
            min={1}
            max={10}
            onChange={(windows) => onChange({ ...condition, windows: windows ?? NaN })}
          />
          <NumberInput
            label="of the last"
            value={condition.of ?? 1}
            min={1}
            max={10}
            onChange={(of) => onChange({ ...condition, of: of ?? NaN })}
          />
        </div>
      )}
    </>
  );
}

type Change = Extract<Condition, { kind: "change" }>;

const AGAINST = [
  ["previous", "the window before"],
  ["week", "the same time a week before"],
] as const;

function ChangeFields({ condition, onChange }: FieldsProps<Change>) {
  return (
    <>
      <NumberInput
        label="Per cent more (fewer, if negative)"
        value={condition.percent}
        min={-100}
        step="any"
        onChange={(percent) => onChange({ ...condition, percent: percent ?? NaN })}
      />
      <Choice
        label="Than in"
        value={condition.against ?? "previous"}
        options={AGAINST}
        onChange={(against) => onChange({ ...condition, against })}
      />
      <NumberInput
        label="With at least so many events in the greater of both"
        value={condition.minimum ?? 10}
        min={1}
        onChange={(minimum) => onChange({ ...condition, minimum: minimum ?? NaN })}
      />
    </>
  );
}

type CrashFree = Extract<Condition, { kind: "crash_free" }>;

const OF = [
  ["sessions", "sessions"],
  ["users", "users"],
] as const;

function CrashFreeFields({ condition, onChange }: FieldsProps<CrashFree>) {
  return (
    <>
      <NumberInput
        label="Crash-free less than (per cent)"
        value={condition.below}
        min={0}
        max={100}
        step="any"
        onChange={(below) => onChange({ ...condition, below: below ?? NaN })}
      />
      <Choice
        label="Of the"
        value={condition.measure ?? "sessions"}
        options={OF}
        onChange={(measure) => onChange({ ...condition, measure })}
      />
      <NumberInput
        label="With at least so many"
        value={condition.minimum ?? 50}
        min={1}
        onChange={(minimum) => onChange({ ...condition, minimum: minimum ?? NaN })}
      />
    </>
  );
}
