// A provider of OpenID Connect (the library oidc-provider, as it comes, with its own log-in page) with one client.
// Usage: node provider.js PORT CLIENT SECRET REDIRECT_URI
// It prints a line when it listens. Whoever logs in as one of these names is who stands here, whatever the password.

import { Provider } from "oidc-provider";

const PEOPLE = {
  ada: { name: "Ada Invited", email: "ada@example.com", email_verified: true },
  eve: { name: "Eve Unknown", email: "eve@example.com", email_verified: true },
  mallory: { name: "Mallory Unverified", email: "ada@example.com", email_verified: false },
};

const [port, client, secret, redirect] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: client, client_secret: secret, redirect_uris: [redirect] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  cookies: { keys: ["a key for tests, and for nothing else"] },
  pkce: { required: () => true },
  findAccount: (_context, id) =>
    Object.hasOwn(PEOPLE, id)
      ? { accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }
      : undefined,
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
