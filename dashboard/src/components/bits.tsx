/** Small parts that are the same everywhere. */

import { useEffect, useState } from "react";
import { Icon } from "./Icon";
import { say } from "./toast";
import { ago, fullTime } from "../lib/time";
import { safeLink } from "../lib/text";

const LEVELS = ["fatal", "error", "warning", "info", "debug"];

export function LevelBadge({ level }: { level: string }) {
  return <span className={`level ${LEVELS.includes(level) ? level : "debug"}`}>{level}</span>;
}

/** How long ago something was; the full time where one points at it. */
export function Ago({ time }: { time: string }) {
  const now = useMinute();
  const moment = Date.parse(time);
  return (
    <time dateTime={time} title={fullTime(moment)}>
      {ago(moment, now)}
    </time>
  );
}

/** The present, renewed twice a minute so that ages on a page that stays open grow. */
function useMinute(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

interface CopyProps {
  text: () => string;
  label: string;
  small?: boolean;
  showLabel?: boolean;
}

export function CopyButton({ text, label, small = true, showLabel = false }: CopyProps) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      say("Copied.");
    } catch {
      say("The browser did not allow copying here.");
    }
  };
  const size = small ? "small " : "";
  return (
    <button
      className={`button quiet ${size}${showLabel ? "" : "icon"}`}
      onClick={copy}
      aria-label={label}
      title={label}
    >
      <Icon name="copy" />
      {showLabel && <span className="copy-label">{label}</span>}
    </button>
  );
}

const LONGEST = 1_500;

/** Text from an event: a link where all of it is a web address, cut where it is very long. */
export function DataText({ text }: { text: string }) {
  const [all, setAll] = useState(false);
  const href = safeLink(text);
  if (href) {
    return (
      <a className="data" href={href} target="_blank" rel="noopener noreferrer nofollow">
        {text}
      </a>
    );
  }
  if (all || text.length <= LONGEST) return <span className="data">{text}</span>;
  return (
    <span className="data">
      {text.slice(0, LONGEST)}…{" "}
      <button className="button small" onClick={() => setAll(true)}>
        Show all {text.length.toLocaleString()} characters
      </button>
    </span>
  );
}

interface SegmentsProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly (readonly [value: Value, label: string])[];
  onChange: (value: Value) => void;
}

/** A few choices side by side, one of them chosen. */
export function Segments<Value extends string>({ label, value, options, onChange }: SegmentsProps<Value>) {
  return (
    <div className="segments" role="group" aria-label={label}>
      {options.map(([option, text]) => (
        // Of a type, as it may stand in a form, which it would submit.
        <button type="button" key={option} aria-pressed={option === value} onClick={() => onChange(option)}>
          {text}
        </button>
      ))}
    </div>
  );
}
