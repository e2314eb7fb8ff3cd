import { useMemo } from "react";
import type { StreamAgent } from "../../api/stream";
import { layOut, SIZE, type Placed } from "../../lib/layers";
import { compact } from "../../lib/text";

/** From this lag on an agent is marked. */
const BEHIND = 1_000;

export function Graph({ agents }: { agents: readonly StreamAgent[] }) {
  const { nodes, edges, width, height } = useMemo(() => layOut(agents), [agents]);
  return (
    <div className="graph" tabIndex={0} role="region" aria-label="Drawing of the topology">
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${agents.length} agents and the topics between them; the table below has their figures`}
      >
        {edges.map(({ from, to }) => (
          <path
            key={`${from.id} ${to.id}`}
            className={(from.agent ?? to.agent)?.live?.rate ? "edge flowing" : "edge"}
            d={curve(from, to)}
          />
        ))}
        {nodes.map((node) => (
          <Node key={node.id} node={node} />
        ))}
      </svg>
    </div>
  );
}

function Node({ node }: { node: Placed }) {
  const { agent } = node;
  const high = SIZE[node.kind];
  const late = (agent?.live?.lag ?? 0) >= BEHIND;
  const away = agent !== undefined && agent.live === undefined;
  return (
    <g className={`node ${node.kind}${late ? " late" : ""}${away ? " away" : ""}`}>
      <rect
        x={node.x - SIZE.width / 2}
        y={node.y - high / 2}
        width={SIZE.width}
        height={high}
        rx={agent ? 6 : high / 2}
      />
      <text x={node.x} y={agent ? node.y - 4 : node.y + 4} textAnchor="middle">
        {node.name}
      </text>
      {agent && (
        <text className="figures" x={node.x} y={node.y + 13} textAnchor="middle">
          {figures(agent)}
        </text>
      )}
    </g>
  );
}

function figures({ live, cluster_only }: StreamAgent): string {
  if (!live) return cluster_only ? "only in a cluster" : "not seen";
  const rate = live.rate < 10 ? live.rate.toFixed(1) : compact(Math.round(live.rate));
  return `${rate}/s · lag ${live.lag === null ? "?" : compact(live.lag)}`;
}

/** From the bottom of one node to the top of another; a loop goes around the side. */
function curve(from: Placed, to: Placed): string {
  const [startY, endY] = [from.y + SIZE[from.kind] / 2, to.y - SIZE[to.kind] / 2];
  if (endY > startY) {
    const middle = (startY + endY) / 2;
    return `M${from.x},${startY} C${from.x},${middle} ${to.x},${middle} ${to.x},${endY}`;
  }
  const [start, end] = [from.x + SIZE.width / 2, to.x + SIZE.width / 2];
  const side = Math.max(start, end) + SIZE.gap;
  return `M${start},${from.y} C${side},${from.y} ${side},${to.y} ${end},${to.y}`;
}
