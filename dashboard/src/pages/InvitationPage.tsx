import "./login.css";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { acceptInvitation, currentSession, showInvitation } from "../api/accounts";
import { Door, DoorForm, TextField } from "../components/Door";
import { Failed, Loading } from "../components/states";

/** Accepts an invitation. Its secret stands behind the `#`, which browsers send to no server. */
export function InvitationPage() {
  const [secret] = useState(() => location.hash.slice(1));
  const navigate = useNavigate();
  const { data, error } = useQuery({
    queryKey: ["invitation", secret],
    queryFn: async () => ({ invitation: await showInvitation(secret), session: await currentSession() }),
    retry: false,
  });
  const enter = () => navigate({ to: "/", replace: true });
  if (error) {
    return (
      <Door title="Invitation">
        <Failed error={error} />
      </Door>
    );
  }
  if (!data) return <Loading what="the invitation" />;
  const { organisation, email, role } = data.invitation;
  const user = data.session?.kind === "user" ? data.session.user : null;
  return (
    <Door title={`Join ${organisation.name}`}>
      <p className="soft">
        {role === "owner" ? "You become an owner." : `You become a ${role}.`}
        {user && ` You are logged in as ${user.email}.`}
      </p>
      {user ? (
        <DoorForm
          action="Join"
          submit={async () => {
            await acceptInvitation({ secret });
            await enter();
          }}
        />
      ) : (
        <DoorForm
          action="Join"
          submit={async (fields) => {
            await acceptInvitation({
              secret,
              email: email || fields.email,
              name: fields.name,
              password: fields.password,
            });
            await enter();
          }}
        >
          <TextField name="name" label="Your name" autoComplete="name" />
          {email ? (
            <p>
              E-mail: <strong>{email}</strong>
            </p>
          ) : (
            <TextField name="email" label="E-mail" type="email" autoComplete="username" />
          )}
          <TextField
            name="password"
            label="A password of at least 10 characters"
            type="password"
            autoComplete="new-password"
            minLength={10}
          />
        </DoorForm>
      )}
    </Door>
  );
}
