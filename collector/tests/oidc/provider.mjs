// A real OpenID provider on loopback, for tests of the collector's sign-in. Whoever signs in there is who they type:
//
//   admin, auditor    have the app role rekey.admin or rekey.auditor
//   stranger          has another role
//   guest             is an admin of another tenant
//
// In the environment: OIDC_PROVIDER, the folder that ci/oidc-provider prints; PORT, or 0 for a free one;
// CLIENT_SECRET, of the client `collector`. It prints `listening on ISSUER` and takes
// `POST /test/new-keys`, which gives it other signing keys.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const { OIDC_PROVIDER: folder, CLIENT_SECRET: secret, PORT: port = "0" } = process.env;
const { default: Provider } = await import(pathToFileURL(`${folder}/lib/index.js`));

const tenant = "5b0f1c2e-0000-4000-8000-000000000001";
const elsewhere = "5b0f1c2e-0000-4000-8000-000000000002";
const accounts = {
  admin: { roles: ["rekey.admin"], tid: tenant },
  auditor: { roles: ["other", "rekey.auditor"], tid: tenant },
  stranger: { roles: ["other"], tid: tenant },
  guest: { roles: ["rekey.admin"], tid: elsewhere },
};
let generation = 0;

function key() {
  generation += 1;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: `key-${generation}` };
}

function make(issuer) {
  const provider = new Provider(issuer, {
    clients: [{
      client_id: "collector",
      client_secret: secret,
      // A native one may come back to any port of loopback (RFC 8252 §7.3).
      application_type: "native",
      redirect_uris: ["http://127.0.0.1/login/callback"],
      post_logout_redirect_uris: ["http://127.0.0.1/login"],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    }],
    jwks: { keys: [key()] },
    cookies: { keys: ["only a test"] },
    pkce: { required: () => true },
    // As Entra does: the ID token has the claims.
    conformIdTokenClaims: false,
    claims: { openid: ["sub", "roles", "tid"], profile: ["name", "preferred_username"], email: ["email"] },
    ttl: { IdToken: 300, AuthorizationCode: 60, AccessToken: 300, Interaction: 600, Session: 3600, Grant: 3600 },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: `subject-of-${id}`, preferred_username: `${id}@contoso.example`, name: id, ...accounts[id] }),
    }),
  });
  return provider.callback();
}

let answer;
const server = createServer((request, response) => {
  if (request.method === "POST" && request.url === "/test/new-keys") {
    answer = make(issuer);
    response.end("done\n");
    return;
  }
  answer(request, response);
});
await new Promise((listening) => server.listen(Number(port), "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
answer = make(issuer);
console.log(`listening on ${issuer}`);
