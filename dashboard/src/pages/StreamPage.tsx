import { Empty } from "../components/states";

export function StreamPage() {
  return (
    <div className="page">
      <h1>Stream</h1>
      <section className="panel">
        <Empty title="The stream is not shown here yet">
          <p>
            On the server, <code>stacktide topology --live</code> shows topics and agents with their rates and
            lag, and <code>stacktide doctor</code> says whether anything is wrong.
          </p>
        </Empty>
      </section>
    </div>
  );
}
