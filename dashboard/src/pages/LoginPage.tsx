import "./login.css";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { logIn, logInWithToken, waysToLogIn } from "../api/accounts";
import { Door, DoorForm, TextField } from "../components/Door";

export function LoginPage() {
  const { next } = useSearch({ from: "/login" });
  const navigate = useNavigate();
  const [withToken, setWithToken] = useState(false);
  const { data: ways } = useQuery({ queryKey: ["ways"], queryFn: waysToLogIn });
  const enter = () => navigate({ href: next ?? "/", replace: true });
  // Before there is a user, a token is the only way in beside the first owner's link.
  const token = withToken || ways?.users === false;

  return (
    <Door title="Log in to Stacktide">
      {token ? (
        <DoorForm
          key="token"
          action="Log in"
          submit={async (fields) => {
            await logInWithToken(fields.token ?? "");
            await enter();
          }}
        >
          <TextField name="token" label="API token" type="password" autoComplete="off" />
          <p className="soft">
            <code>stacktide token add NAME</code> makes one. It stays in this tab until you close it.
          </p>
        </DoorForm>
      ) : (
        <DoorForm
          key="password"
          action="Log in"
          submit={async (fields) => {
            await logIn(fields.email ?? "", fields.password ?? "");
            await enter();
          }}
        >
          <TextField name="email" label="E-mail" type="email" autoComplete="username" />
          <TextField name="password" label="Password" type="password" autoComplete="current-password" />
        </DoorForm>
      )}
      {ways?.openid && (
        <a className="button" href="/api/v1/session/openid">
          Log in with your organisation
        </a>
      )}
      {ways?.users === false ? (
        <p className="soft">
          Nobody has an account yet: the server printed a link for the first owner when it started.
        </p>
      ) : (
        <button className="button quiet small" onClick={() => setWithToken(!withToken)}>
          {withToken ? "Log in with a password" : "Log in with an API token"}
        </button>
      )}
    </Door>
  );
}
