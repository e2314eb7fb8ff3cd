import { Empty } from "../components/states";

export function AlertsPage() {
  return (
    <div className="page">
      <h1>Alerts</h1>
      <section className="panel">
        <Empty title="No alerts yet">
          <p>This server does not evaluate alert rules yet. Rules, channels and what fired will be here.</p>
        </Empty>
      </section>
    </div>
  );
}
