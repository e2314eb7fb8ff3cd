/** Lays the topology out in layers: topics and agents alternate, each below all that flows into it. */

import type { StreamAgent } from "../api/stream";

export interface Placed {
  id: string;
  name: string;
  kind: "topic" | "agent";
  x: number;
  y: number;
  agent?: StreamAgent;
}

export interface Layout {
  nodes: Placed[];
  edges: { from: Placed; to: Placed }[];
  width: number;
  height: number;
}

export const SIZE = { width: 150, topic: 26, agent: 44, gap: 18, row: 76 };

/** `agents` are in the order of the flow. An agent's topic that it also consumes does not move it down. */
export function layOut(agents: readonly StreamAgent[]): Layout {
  const depth = depths(agents);
  const rows: Placed[][] = [];
  const nodes = new Map<string, Placed>();
  const place = (id: string, node: Omit<Placed, "id" | "x" | "y">) => {
    if (nodes.has(id)) return;
    const row = (rows[depth.get(id) ?? 0] ??= []);
    const placed = { id, ...node, x: 0, y: 0 };
    row.push(placed);
    nodes.set(id, placed);
  };
  for (const agent of agents) {
    place(topicId(agent.consumes), { name: agent.consumes, kind: "topic" });
    place(agentId(agent.agent), { name: agent.agent, kind: "agent", agent });
    for (const topic of agent.produces) place(topicId(topic), { name: topic, kind: "topic" });
  }
  const edges = agents.flatMap((agent) => [
    [topicId(agent.consumes), agentId(agent.agent)],
    ...agent.produces.map((topic) => [agentId(agent.agent), topicId(topic)]),
  ]) as [string, string][];
  const width = arrange(rows, nodes, edges);
  return {
    nodes: [...nodes.values()],
    edges: edges.map(([from, to]) => ({ from: nodes.get(from)!, to: nodes.get(to)! })),
    width,
    height: rows.length * SIZE.row,
  };
}

const topicId = (name: string) => `topic ${name}`;
const agentId = (name: string) => `agent ${name}`;

function depths(agents: readonly StreamAgent[]): Map<string, number> {
  const depth = new Map<string, number>();
  for (const { agent, consumes, produces } of agents) {
    const own = (depth.get(topicId(consumes)) ?? 0) + 1;
    depth.set(topicId(consumes), own - 1);
    depth.set(agentId(agent), own);
    for (const topic of produces) {
      if (topic !== consumes) depth.set(topicId(topic), Math.max(depth.get(topicId(topic)) ?? 0, own + 1));
    }
  }
  return depth;
}

/** Gives every node its place, each row sorted by the middle of what flows into its nodes; the width of all. */
function arrange(rows: Placed[][], nodes: Map<string, Placed>, edges: readonly [string, string][]): number {
  const step = SIZE.width + SIZE.gap;
  const width = Math.max(1, ...rows.map((row) => row.length)) * step;
  rows.forEach((row, at) => {
    const middle = (node: Placed) => {
      const above = edges.flatMap(([from, to]) => {
        const source = nodes.get(from)!;
        return to === node.id && source.y < at * SIZE.row ? [source.x] : [];
      });
      return above.length ? above.reduce((sum, x) => sum + x, 0) / above.length : width / 2;
    };
    const sorted = row
      .map((node) => ({ node, wish: at === 0 ? 0 : middle(node) }))
      .sort((a, b) => a.wish - b.wish);
    const start = (width - sorted.length * step) / 2;
    sorted.forEach(({ node }, index) => {
      node.x = start + (index + 0.5) * step;
      node.y = at * SIZE.row + SIZE.row / 2;
    });
  });
  return width;
}
