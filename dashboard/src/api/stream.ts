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
