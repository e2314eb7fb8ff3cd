import { expect, test } from "vitest";
import type { StreamAgent } from "../src/api/stream";
import { layOut } from "../src/lib/layers";

const agent = (name: string, consumes: string, ...produces: string[]): StreamAgent => ({
  stage: "s",
  agent: name,
  consumes,
  produces,
  follows: [],
  table: "",
  store: "",
  cluster_only: false,
});

test("everything is below what flows into it, and a loop moves nothing", () => {
  const { nodes, edges } = layOut([
    agent("first", "in", "middle", "side"),
    agent("other", "elsewhere", "middle"),
    agent("second", "middle", "out", "middle"),
    agent("last", "out"),
  ]);
  expect(nodes).toHaveLength(9);
  const back = edges.filter(({ from, to }) => from.y >= to.y);
  expect(back.map(({ from, to }) => [from.name, to.name])).toEqual([["second", "middle"]]);
  expect(new Set(nodes.map(({ x, y }) => `${x} ${y}`)).size).toBe(9);
});

test("there may be nothing", () => {
  expect(layOut([]).nodes).toEqual([]);
});
