/** The stream itself: its live topology and its quarantined records. It belongs to the installation, not to a project. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { get, send } from "./client";
import type { Page } from "./types";

export interface Live {
  /** Records a second. */
  rate: number;
  lag: number | null;
  /** Mean records of a batch; null where there was none, or the agent runs in another process. */
  batch: number | null;
  /** Microseconds of CPU time a record. */
  cpu_us: number | null;
}

export interface StreamAgent {
  stage: string;
  agent: string;
  consumes: string;
  produces: string[];
  follows: string[];
  table: string;
  store: string;
  cluster_only: boolean;
  live?: Live;
}

export interface StreamTopic {
  topic: string;
  description: string;
  retention_days: number | null;
  partitions: number;
  records: number;
}

/** Agents are in the order of the flow. */
export interface Topology {
  nodes: StreamAgent[];
  topics: StreamTopic[];
}

export interface Quarantined {
  position: string;
  /** Unix seconds. */
  at: number;
  agent: string;
  reason: string;
  traceback: string;
  event_id: string;
  bytes: number;
  value: string;
  cut: boolean;
}

const segment = encodeURIComponent;

export const topologyQuery = queryOptions({
  queryKey: ["topology"],
  queryFn: ({ signal }) => get<Topology>("/topology", {}, signal),
  refetchInterval: 5_000,
});

export const waitingQuery = queryOptions({
  queryKey: ["managed", "dlq"],
  queryFn: async ({ signal }) =>
    (await get<{ items: { topic: string; waiting: number }[] }>("/dlq", {}, signal)).items,
  refetchInterval: 10_000,
});

export const quarantinedQuery = (topic: string) =>
  infiniteQueryOptions({
    queryKey: ["managed", "quarantined", topic],
    queryFn: ({ pageParam, signal }) =>
      get<Page<Quarantined>>(`/dlq/${segment(topic)}`, { cursor: pageParam, limit: 20 }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
  });

/** Of the oldest records of a topic's queue. */
export const workOff = (topic: string, how: "redrive" | "drop") =>
  send<{ records: number; waiting: number }>("POST", `/dlq/${segment(topic)}/${how}`);

/** A setting of an agent or a topic, and what a change of it would do. What no variable sets has an empty `variable`. */
export interface Tuning {
  name: string;
  variable: string;
  value: string;
  does: string;
  /** By the figures of now; empty where they say nothing. */
  now: string;
  change: string;
}

export interface Tunings {
  agents: { name: string; settings: Tuning[] }[];
  topics: { name: string; settings: Tuning[] }[];
  /** Whether the values are those of one process among others. */
  cluster: boolean;
}

/** Partitions by topic. */
export type Partitions = Record<string, number[]>;

export interface Rebalance {
  id: string;
  stage: string;
  /** Host and process. */
  worker: string;
  at: string;
  /** For how long the worker stood still. */
  seconds: number;
  assigned: Partitions;
  revoked: Partitions;
  kept: number;
}

export const tuningQuery = queryOptions({
  queryKey: ["topology", "tuning"],
  queryFn: ({ signal }) => get<Tunings>("/topology/tuning", {}, signal),
  refetchInterval: 5_000,
});

/** Of the last seven days. */
export const rebalancesQuery = infiniteQueryOptions({
  queryKey: ["managed", "rebalances"],
  queryFn: ({ pageParam, signal }) =>
    get<Page<Rebalance>>("/topology/rebalances", { cursor: pageParam, limit: 10 }, signal),
  initialPageParam: "",
  getNextPageParam: (last) => last.next_cursor,
  refetchInterval: 10_000,
});
