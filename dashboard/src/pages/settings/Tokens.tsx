import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { addToken, revokeToken, tokensQuery, useChange } from "../../api/management";
import type { Token } from "../../api/types";
import { CopyButton } from "../../components/bits";
import { ManagedList, ShownOnce } from "../../components/ManagedList";
import { fullTime } from "../../lib/time";

/** What a token may do; each has what the ones before it have. */
const SCOPES: Record<string, string[]> = {
  "read only": ["read"],
  "read and write": ["read", "write"],
  administer: ["read", "write", "admin"],
};

export function Tokens({ organisation }: { organisation: string }) {
  const [name, setName] = useState("");
  const [may, setMay] = useState("read only");
  const add = useChange(() => addToken(organisation, name.trim(), SCOPES[may]!));
  const revoke = useChange((token: string) => revokeToken(organisation, token));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined, { onSuccess: () => setName("") });
  };
  const row = (token: Token) => (
    <tr key={token.id}>
      <td>{token.name}</td>
      <td className="mono">…{token.last_characters}</td>
      <td>{token.scopes.join(", ")}</td>
      <td>{token.projects === null ? "all" : token.projects.join(", ")}</td>
      <td className="moment">{fullTime(token.created * 1000)}</td>
      <td>
        <button className="button small" onClick={() => revoke.mutate(token.id)}>
          Revoke
        </button>
      </td>
    </tr>
  );
  return (
    <ManagedList
      title="API tokens"
      query={useQuery(tokensQuery(organisation))}
      empty="No API tokens"
      head={["Name", "Ends in", "May", "Projects", "Made", ""]}
      row={row}
    >
      <form onSubmit={submit}>
        <label className="field">
          <span>Name of a new token</span>
          <input
            className="input"
            value={name}
            onChange={(event) => setName(event.target.value)}
            required
            maxLength={200}
          />
        </label>
        <select
          className="select"
          aria-label="What it may do"
          value={may}
          onChange={(event) => setMay(event.target.value)}
        >
          {Object.keys(SCOPES).map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
        <button className="button" disabled={add.isPending}>
          Make a token
        </button>
      </form>
      {add.data && (
        <ShownOnce label="The new token.">
          <code className="data">{add.data.token}</code>
          <CopyButton text={() => add.data.token} label="Copy the token" />
        </ShownOnce>
      )}
    </ManagedList>
  );
}
