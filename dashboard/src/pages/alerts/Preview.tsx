/** What a draft would have fired, from history, by the same code that evaluates rules on the stream. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { previewQuery } from "../../api/alerts";
import type { RuleDraft, RulePreview } from "../../api/alertTypes";
import { Segments } from "../../components/bits";
import { BarChart } from "../../components/Sparkline";
import { Loading, Notice } from "../../components/states";
import { isAboutIssues, isComplete, perBar } from "../../lib/rules";
import { number, plural } from "../../lib/text";
import { minute } from "../../lib/time";

/** Milliseconds without a change before the server is asked. */
const PAUSE = 500;
const DAYS = [
  ["1", "1 day"],
  ["7", "7 days"],
  ["30", "30 days"],
] as const;
const BARS: Record<string, number> = { "1": 48, "7": 56, "30": 60 };
const SHOWN = 8;

export function Preview({ project, draft }: { project: string; draft: RuleDraft }) {
  const [days, setDays] = useState<"1" | "7" | "30">("7");
  const settled = useSettled(draft);
  // Neither a name nor channels change what fires, and a rule that is switched off would fire nothing.
  const tried = { ...settled, name: settled.name || "draft", channels: [], enabled: true };
  const { data, error, isPlaceholderData } = useQuery({
    ...previewQuery(project, tried, Number(days)),
    enabled: isComplete(settled),
  });
  return (
    <section className="panel rule-preview" aria-label="Preview">
      <div className="panel-head">
        <h2>What it would have fired</h2>
        <Segments label="Days of history" value={days} options={DAYS} onChange={setDays} />
      </div>
      <div className="panel-body" aria-live="polite" aria-busy={isPlaceholderData}>
        {!isComplete(draft) ? (
          <p className="soft">Fill in all numbers to see it.</p>
        ) : error ? (
          <Notice error>
            <span className="data">{error.message}</span>
          </Notice>
        ) : data ? (
          <Outcome
            preview={data}
            draft={draft}
            bars={BARS[days]!}
            stale={isPlaceholderData || settled !== draft}
          />
        ) : (
          <Loading what="the preview" lines={4} />
        )}
      </div>
    </section>
  );
}

interface OutcomeProps {
  preview: RulePreview;
  draft: RuleDraft;
  bars: number;
  stale: boolean;
}

function Outcome({ preview, draft, bars, stale }: OutcomeProps) {
  const { fired, events, alerts } = preview;
  const [start, end] = [Date.parse(preview.start) / 1000, Date.parse(preview.end) / 1000];
  const points = perBar(
    alerts.map((alert) => alert.started),
    start,
    end,
    bars,
  );
  return (
    <div className={stale ? "preview stale" : "preview"}>
      <p>
        <strong>{plural(fired, "alert")}</strong>{" "}
        <span className="soft">from {lookedAt(events, draft.condition.kind)}</span>
      </p>
      <BarChart points={points} window={(end - start) / bars} noun="alert" height={72} />
      {fired > alerts.length && <p className="faint">The latest {number(alerts.length)} are shown.</p>}
      <ol className="preview-alerts">
        {alerts.slice(0, SHOWN).map((alert) => (
          <li key={alert.alert_id}>
            <span className="moment faint">{minute(alert.started * 1000)}</span>
            <span className="clip">{alert.title}</span>
          </li>
        ))}
      </ol>
      {alerts.length > SHOWN && <p className="faint">and {plural(fired - SHOWN, "other")} before</p>}
    </div>
  );
}

/** What the rule has looked at, in words. */
function lookedAt(count: number, kind: RuleDraft["condition"]["kind"]): string {
  if (kind === "crash_free") return plural(count, "session");
  return isAboutIssues(kind) ? plural(count, "change") : plural(count, "event");
}

/** The value once it has not changed for a moment. */
function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
