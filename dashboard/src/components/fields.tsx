/** Fields of forms that change a value as one types. */

import { useState, type ReactNode } from "react";
import { duration } from "../lib/time";

interface FieldProps<Value> {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  hint?: string;
}

interface TextProps extends FieldProps<string> {
  placeholder?: string;
  mono?: boolean;
  required?: boolean;
  type?: string;
  maxLength?: number;
}

export const Text = ({ label, value, onChange, hint, mono, maxLength = 2_000, ...rest }: TextProps) => (
  <label className="field">
    <span>{label}</span>
    <input
      className={mono ? "input mono" : "input"}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      maxLength={maxLength}
      autoComplete="off"
      spellCheck={!mono}
      {...rest}
    />
    {hint && <span className="faint">{hint}</span>}
  </label>
);

interface NumberProps {
  label: string;
  value: number | null | undefined;
  /** NaN where what was typed is no number; null where nothing was, and may be. */
  onChange: (value: number | null) => void;
  optional?: boolean;
  min?: number;
  max?: number;
  step?: number | "any";
  hint?: string;
}

export function NumberInput({ label, value, onChange, optional = false, hint, ...bounds }: NumberProps) {
  const [text, setText] = useState(value === null || value === undefined ? "" : String(value));
  const change = (next: string) => {
    setText(next);
    onChange(next === "" ? (optional ? null : NaN) : Number(next));
  };
  return (
    <label className="field">
      <span>{label}</span>
      <input
        className="input"
        type="number"
        value={text}
        required={!optional}
        onChange={(event) => change(event.target.value)}
        {...bounds}
      />
      {hint && <span className="faint">{hint}</span>}
    </label>
  );
}

interface ChoiceProps<Value extends string> extends FieldProps<Value> {
  options: readonly (readonly [value: Value, label: string])[];
}

export const Choice = <Value extends string>({
  label,
  value,
  onChange,
  options,
  hint,
}: ChoiceProps<Value>) => (
  <label className="field">
    <span>{label}</span>
    <select className="select" value={value} onChange={(event) => onChange(event.target.value as Value)}>
      {options.map(([option, text]) => (
        <option key={option} value={option}>
          {text}
        </option>
      ))}
    </select>
    {hint && <span className="faint">{hint}</span>}
  </label>
);

interface DurationProps extends FieldProps<number> {
  /** Seconds. */
  options: readonly number[];
  none?: string;
}

/** A length of time among some, or the one that it has already. */
export function Duration({ label, value, onChange, options, none, hint }: DurationProps) {
  const all = options.includes(value) ? options : [...options, value].sort((a, b) => a - b);
  return (
    <Choice
      label={label}
      value={String(value)}
      onChange={(next) => onChange(Number(next))}
      options={all.map((seconds) => [String(seconds), seconds === 0 && none ? none : duration(seconds)])}
      hint={hint}
    />
  );
}

export const Check = ({ label, value, onChange }: FieldProps<boolean>) => (
  <label className="check-line flat">
    <input
      type="checkbox"
      className="checkbox"
      checked={value}
      onChange={(event) => onChange(event.target.checked)}
    />
    <span className="data">{label}</span>
  </label>
);

interface LinesProps extends FieldProps<readonly string[]> {
  placeholder?: string;
}

/** A list of texts, one a line. */
export function Lines({ label, value, onChange, hint, placeholder }: LinesProps) {
  const [text, setText] = useState(value.join("\n"));
  const change = (next: string) => {
    setText(next);
    onChange(
      next
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
    );
  };
  return (
    <label className="field">
      <span>{label}</span>
      <textarea
        className="input mono lines"
        rows={Math.min(8, Math.max(2, value.length + 1))}
        value={text}
        placeholder={placeholder}
        onChange={(event) => change(event.target.value)}
        spellCheck={false}
      />
      {hint && <span className="faint">{hint}</span>}
    </label>
  );
}

/** Fields that belong together. */
export const Group = ({ title, children }: { title: string; children: ReactNode }) => (
  <fieldset className="field-group">
    <legend>{title}</legend>
    {children}
  </fieldset>
);
