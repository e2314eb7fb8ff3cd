import { Empty } from "../components/states";

export function SettingsPage() {
  return (
    <div className="page">
      <h1>Settings</h1>
      <section className="panel">
        <Empty title="Settings are made elsewhere yet">
          <p>
            Filters, scrubbing and grouping are set through the API (<code>/configuration</code>), projects,
            keys and tokens with the <code>stacktide</code> command.
          </p>
        </Empty>
      </section>
    </div>
  );
}
