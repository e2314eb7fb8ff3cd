import "./login.css";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { checkToken } from "../api/client";
import { logIn } from "../session";

export function LoginPage() {
  const { next } = useSearch({ from: "/login" });
  const navigate = useNavigate();
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get("token")).trim();
    setBusy(true);
    try {
      await checkToken(token);
      logIn(token);
      await navigate({ href: next ?? "/", replace: true });
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
      setBusy(false);
    }
  };
  return (
    <main className="login">
      <form className="panel" onSubmit={(event) => void submit(event)}>
        <img src="/icon.svg" width="40" height="40" alt="" />
        <h1>Log in to Stacktide</h1>
        <label className="field">
          <span>API token</span>
          <input
            className="input mono"
            name="token"
            type="password"
            autoComplete="off"
            required
            autoFocus
            aria-invalid={error !== ""}
            aria-describedby="login-help"
          />
        </label>
        {error && (
          <p className="login-error" role="alert">
            {error}
          </p>
        )}
        <button className="button primary" disabled={busy}>
          {busy ? "Asking…" : "Log in"}
        </button>
        <p id="login-help" className="soft">
          The first start prints a token, and <code>stacktide token add NAME</code> makes another. It stays in
          this tab until you close it.
        </p>
      </form>
    </main>
  );
}
