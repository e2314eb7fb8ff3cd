import "./setup.css";
import { CopyButton } from "../../components/bits";

/** How a project is made. */
export function NewProjectPage() {
  const command = 'stacktide project add "My service"';
  return (
    <div className="page setup">
      <h1>New project</h1>
      <section className="panel panel-body">
        <p>
          A project is where one program, or one service, reports its errors. On the server, this makes one
          and prints its DSN:
        </p>
        <div className="snippet">
          <pre>{command}</pre>
          <CopyButton text={() => command} label="Copy the command" />
        </div>
        <p className="soft">It stands in the list of projects at once.</p>
      </section>
    </div>
  );
}
