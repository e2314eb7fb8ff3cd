import type { Severity } from "../../api/alertTypes";

const COLOURS: Record<Severity, string> = { info: "info", warning: "warning", critical: "fatal" };

export const SeverityBadge = ({ severity }: { severity: Severity }) => (
  <span className={`level ${COLOURS[severity] ?? "debug"}`}>{severity}</span>
);
