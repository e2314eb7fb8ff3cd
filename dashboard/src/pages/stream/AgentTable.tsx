import type { Topology } from "../../api/stream";
import { number } from "../../lib/text";

/** All figures of agents and topics, also for those who cannot see the drawing. */
export function AgentTable({ topology }: { topology: Topology }) {
  const { nodes, topics } = topology;
  return (
    <>
      <section className="panel" aria-label="Agents">
        <div className="panel-head">
          <h2>Agents</h2>
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
              {nodes.map((node) => (
                <tr key={node.agent}>
                  <td>
                    {node.agent} <span className="faint">{node.stage}</span>
                  </td>
                  <td className="mono">{[node.consumes, ...node.follows].join(", ")}</td>
                  <td className="mono">
                    {[...node.produces, node.store, node.table && `table ${node.table}`]
                      .filter(Boolean)
                      .join(", ")}
                  </td>
                  <td className="number">{figure(node.live?.rate, 1)}</td>
                  <td className="number">{figure(node.live?.lag)}</td>
                  <td className="number">{figure(node.live?.batch, 1)}</td>
                  <td className="number">{figure(node.live?.cpu_us)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section className="panel" aria-label="Topics">
        <div className="panel-head">
          <h2>Topics</h2>
        </div>
        <div className="wide-table" tabIndex={0} role="region" aria-label="Table of topics">
          <table className="table">
            <thead>
              <tr>
                <th>Topic</th>
                <th className="number">Partitions</th>
                <th className="number">Records kept</th>
                <th className="number">Days</th>
                <th>What it holds</th>
              </tr>
            </thead>
            <tbody>
              {topics.map((topic) => (
                <tr key={topic.topic}>
                  <td className="mono">{topic.topic}</td>
                  <td className="number">{number(topic.partitions)}</td>
                  <td className="number">{number(topic.records)}</td>
                  <td className="number">{figure(topic.retention_days)}</td>
                  <td>{topic.description}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}

function figure(value: number | null | undefined, digits = 0): string {
  return value === null || value === undefined ? "–" : number(Number(value.toFixed(digits)));
}
