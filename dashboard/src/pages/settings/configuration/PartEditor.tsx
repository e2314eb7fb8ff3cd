/** One part of a project's configuration: a form, or the same as JSON, and the button that saves it. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import {
  changeConfiguration,
  configurationQuery,
  type Configuration,
  type Part,
} from "../../../api/configuration";
import { useChange } from "../../../api/management";
import { Segments } from "../../../components/bits";
import { Failed, Loading, Notice } from "../../../components/states";
import { say } from "../../../components/toast";
import { useRights } from "../../../lib/role";

const VIEWS = [
  ["form", "Form"],
  ["json", "JSON"],
] as const;

interface PartEditorProps<Name extends Part> {
  project: string;
  part: Name;
  title: string;
  /** What it does, in a sentence. */
  about: string;
  form: (value: Configuration[Name], set: (parts: Partial<Configuration[Name]>) => void) => ReactNode;
  /** What is shown below the form, such as what a draft would do. */
  below?: (value: Configuration[Name]) => ReactNode;
}

export function PartEditor<Name extends Part>(props: PartEditorProps<Name>) {
  const { data, error, refetch } = useQuery(configurationQuery(props.project));
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what={props.title.toLowerCase()} />;
  return <Editor key={data.version} {...props} configuration={data} />;
}

type EditorProps<Name extends Part> = PartEditorProps<Name> & { configuration: Configuration };

function Editor<Name extends Part>(props: EditorProps<Name>) {
  const { project, part, title, about, form, below, configuration } = props;
  const before = configuration[part];
  const [view, setView] = useState<"form" | "json">("form");
  const [value, setValue] = useState(before);
  const [mistake, setMistake] = useState("");
  const { write } = useRights(project);
  const client = useQueryClient();
  // Said here, as the form is made anew with the new version.
  const save = useChange(async (next: Configuration[Name]) => {
    const saved = await changeConfiguration(project, configuration.version, part, next);
    // The form is made anew now, not when the list of what changed has been asked for: somebody may be typing by then.
    client.setQueryData(configurationQuery(project).queryKey, saved);
    say("Saved. Events that arrive some seconds from now go by it.");
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(value);
  };
  const changed = JSON.stringify(value) !== JSON.stringify(before);
  return (
    <div className="settings-parts">
      <form className="panel" onSubmit={submit} aria-label={title}>
        <div className="panel-head">
          <h2>{title}</h2>
          <Segments label="View" value={view} options={VIEWS} onChange={setView} />
        </div>
        <fieldset className="panel-body part-form" disabled={!write}>
          <p className="soft">{about}</p>
          {view === "form" ? (
            form(value, (parts) => setValue((old) => ({ ...old, ...parts })))
          ) : (
            <JsonField value={value} onChange={setValue} onMistake={setMistake} />
          )}
          {mistake && view === "json" && <Notice error>{mistake}</Notice>}
          {save.error && (
            <Notice error>
              <span className="data">{save.error.message}</span>
            </Notice>
          )}
          {write && (
            <div className="row-actions">
              <button className="button primary" disabled={!changed || mistake !== "" || save.isPending}>
                Save
              </button>
              {changed && (
                <button type="button" className="button" onClick={() => setValue(before)}>
                  As it was
                </button>
              )}
            </div>
          )}
        </fieldset>
      </form>
      {below?.(value)}
    </div>
  );
}

interface JsonFieldProps<Value> {
  value: Value;
  onChange: (value: Value) => void;
  onMistake: (mistake: string) => void;
}

function JsonField<Value>({ value, onChange, onMistake }: JsonFieldProps<Value>) {
  const [text, setText] = useState(() => JSON.stringify(value, null, 2));
  const change = (next: string) => {
    setText(next);
    try {
      onChange(JSON.parse(next) as Value);
      onMistake("");
    } catch (error) {
      onMistake(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <label className="field">
      <span>As JSON, as the API takes it</span>
      <textarea
        className="input mono lines"
        rows={20}
        value={text}
        onChange={(event) => change(event.target.value)}
        spellCheck={false}
      />
    </label>
  );
}
