import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { ratesQuery } from "../../api/queries";
import type { Issue } from "../../api/types";
import { PeriodSelect } from "../../components/PeriodSelect";
import { BarChart } from "../../components/Sparkline";
import { Notice } from "../../components/states";
import { releaseMarks, sum } from "../../lib/rates";
import { minute, PERIODS, type Period } from "../../lib/time";

const MOST_MARKS = 5;

/** The issue's events over time, and where releases first had it. */
export function IssueChart({ project, issue }: { project: string; issue: Issue }) {
  const [period, setPeriod] = useState<Period>("14d");
  const window = PERIODS[period].bar;
  const { data, error } = useQuery(
    ratesQuery(project, { period, window, issue: issue.id, group_by: "release", limit: 50 }),
  );
  const marks = data ? releaseMarks(data).slice(-MOST_MARKS) : [];
  return (
    <section className="panel" aria-label="Events over time">
      <div className="panel-head">
        <h2>Events over time</h2>
        <PeriodSelect period={period} onChange={setPeriod} />
        <Link
          className="button small"
          to="/projects/$project/explore"
          params={{ project }}
          search={{ issue: issue.id, by: "release" }}
        >
          Explore
        </Link>
      </div>
      <div className="panel-body">
        {error && <Notice error>{error.message}</Notice>}
        {data?.series.length === 0 ? (
          <p className="soft">No event was counted in this period.</p>
        ) : data ? (
          <BarChart points={sum(data.series.map((series) => series.points))} window={window} marks={marks} />
        ) : (
          <div className="issue-chart-gap" />
        )}
        {marks.length > 0 && (
          <p className="issue-marks">
            {marks.map((mark) => (
              <span key={mark.release} className="chip">
                <span className="clip mono">{mark.release}</span> from {minute(mark.start * 1000)}
              </span>
            ))}
          </p>
        )}
      </div>
    </section>
  );
}
