import type { StreamTopic } from "../../api/stream";
import { number } from "../../lib/text";
import { figure } from "./figure";
import { TunableRow } from "./Tuning";

export function TopicTable({ topics }: { topics: readonly StreamTopic[] }) {
  return (
    <section className="panel" aria-label="Topics">
      <div className="panel-head">
        <h2>Topics</h2>
        <span className="faint">a name opens what its settings do</span>
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
              <TunableRow key={topic.topic} kind="topics" name={topic.topic} columns={5}>
                <td className="number">{number(topic.partitions)}</td>
                <td className="number">{number(topic.records)}</td>
                <td className="number">{figure(topic.retention_days)}</td>
                <td className="prose">{topic.description}</td>
              </TunableRow>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
