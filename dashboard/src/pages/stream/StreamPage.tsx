/** The live topology: what flows from where to where, how fast, and what was set aside. */

import "./stream.css";
import { useQuery } from "@tanstack/react-query";
import { topologyQuery } from "../../api/stream";
import { Failed, Loading, Notice } from "../../components/states";
import { AgentTable } from "./AgentTable";
import { DeadLetters } from "./DeadLetters";
import { Graph } from "./Graph";
import { Rebalances } from "./Rebalances";
import { TopicTable } from "./TopicTable";

export function StreamPage() {
  const { data, error, refetch } = useQuery(topologyQuery);
  return (
    <div className="page">
      <h1>Stream</h1>
      {error && data && <Notice error>{error.message}</Notice>}
      {error && !data ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading what="the topology" lines={10} />
      ) : (
        <>
          <section className="panel" aria-label="Topology">
            <div className="panel-head">
              <h2>Topology</h2>
              <span className="faint">records a second, and lag</span>
            </div>
            <Graph agents={data.nodes} />
          </section>
          <DeadLetters />
          <AgentTable agents={data.nodes} />
          <TopicTable topics={data.topics} />
          <Rebalances />
        </>
      )}
    </div>
  );
}
