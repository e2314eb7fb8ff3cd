/** What the pages before the log-in are made of. */

import { useState, type FormEvent, type InputHTMLAttributes, type ReactNode } from "react";

export function Door({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="door">
      <div className="panel">
        <img src="/icon.svg" width="40" height="40" alt="" />
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

interface DoorFormProps {
  action: string;
  submit: (fields: Record<string, string>) => Promise<void>;
  children?: ReactNode;
}

/** A form that says what went wrong, and waits while it is answered. */
export function DoorForm({ action, submit, children }: DoorFormProps) {
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    // A password is taken as it is typed.
    const fields = Object.fromEntries(
      [...data].map(([name, value]) => [name, name === "password" ? String(value) : String(value).trim()]),
    );
    setBusy(true);
    try {
      await submit(fields);
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void send(event)}>
      {children}
      {error && (
        <p className="door-error" role="alert">
          {error}
        </p>
      )}
      <button className="button primary" disabled={busy}>
        {busy ? "A moment…" : action}
      </button>
    </form>
  );
}

type TextFieldProps = { name: string; label: string } & InputHTMLAttributes<HTMLInputElement>;

export const TextField = ({ label, ...input }: TextFieldProps) => (
  <label className="field">
    <span>{label}</span>
    <input className="input" required {...input} />
  </label>
);
