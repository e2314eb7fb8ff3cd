import type { StreamAgent } from "../../api/stream";
import { figure } from "./figure";
import { TunableRow } from "./Tuning";

/** All figures of agents, also for those who cannot see the drawing. */
export function AgentTable({ agents }: { agents: readonly StreamAgent[] }) {
  return (
    <section className="panel" aria-label="Agents">
      <div className="panel-head">
        <h2>Agents</h2>
        <span className="faint">a name opens what its settings do</span>
      </div>
      <div className="wide-table" tabIndex={0} role="region" aria-label="Table of agents">
        <table className="table">
          <thead>
            <tr>
              <th>Agent</th>
              <th>Reads</th>
              <th>Writes</th>
              <th className="number">Records/s</th>
              <th className="number">Lag</th>
              <th className="number">Batch</th>
              <th className="number">CPU µs a record</th>
            </tr>
          </thead>
          <tbody>
            {agents.map((agent) => (
              <TunableRow key={agent.agent} kind="agents" name={agent.agent} beside={agent.stage} columns={7}>
                <td className="mono">{[agent.consumes, ...agent.follows].join(", ")}</td>
                <td className="mono">
                  {[...agent.produces, agent.store, agent.table && `table ${agent.table}`]
                    .filter(Boolean)
                    .join(", ")}
                </td>
                <td className="number">{figure(agent.live?.rate, 1)}</td>
                <td className="number">{figure(agent.live?.lag)}</td>
                <td className="number">{figure(agent.live?.batch, 1)}</td>
                <td className="number">{figure(agent.live?.cpu_us)}</td>
              </TunableRow>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
