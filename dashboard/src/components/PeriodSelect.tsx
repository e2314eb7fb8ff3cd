import { PERIODS, type Period } from "../lib/time";

export function PeriodSelect({ period, onChange }: { period: Period; onChange: (period: Period) => void }) {
  return (
    <select
      aria-label="Period"
      className="select"
      value={period}
      onChange={(event) => onChange(event.target.value as Period)}
    >
      {Object.entries(PERIODS).map(([value, { label }]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}
