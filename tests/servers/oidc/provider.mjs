// A real OpenID provider (oidc-provider) on the loopback, for tests: pages to sign in and consent, PKCE, refresh tokens that are
// replaced at each use, device codes, introspection, registration.
//
//     node provider.mjs FOLDER PORT [--at-ttl SECONDS] [--no-rotation]
//
// FOLDER is where `npm ci` put its packages. Anybody may sign in as anybody: the name is the address. POST /test/revoke ends every grant, /test/fault?kind=busy&times=3
// has the token endpoint misbehave (busy, slow, nonsense, huge, elsewhere), /test/set?name=norefresh&value=1 gives no refresh tokens,
// dead_on_arrival access tokens that are void, clock_s a clock that is so many seconds ahead;
// GET /test/log lists the token endpoint's requests without their secrets.
import { createServer } from "node:http";
import { createHash } from "node:crypto";
import { once } from "node:events";

const option = (name, otherwise) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : process.argv[at + 1];
};

// A clock that can be put wrong: here before anything looks at it.
const settings = {};
const RealDate = Date;
globalThis.Date = class extends RealDate {
    constructor(...parts) { parts.length === 0 ? super(Date.now()) : super(...parts); }
    static now() { return RealDate.now() + Number(settings.clock_s ?? 0) * 1000; }
};
const { Provider } = await import(`${process.argv[2]}/node_modules/oidc-provider/lib/index.js`);

const port = Number(process.argv[3]);
const issuer = `http://127.0.0.1:${port}`;
const lifetime = Number(option("at-ttl", 3600));
const log = [];
let fault = { kind: "", times: 0 };

// All that the provider knows, in memory, where /test/revoke can reach it.
const stored = new Map();
class Memory {
    constructor(model) { this.model = model; }
    key(id) { return `${this.model}:${id}`; }
    async upsert(id, payload, expiresIn) {
        stored.set(this.key(id), { payload, until: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
    }
    alive(entry) { return entry && entry.until > Date.now() ? entry.payload : undefined; }
    async find(id) { return this.alive(stored.get(this.key(id))); }
    async findBy(field, value) {
        for (const [key, entry] of stored)
            if (key.startsWith(`${this.model}:`) && entry.payload[field] === value) return this.alive(entry);
        return undefined;
    }
    async findByUserCode(code) { return this.findBy("userCode", code); }
    async findByUid(uid) { return this.findBy("uid", uid); }
    async consume(id) { const entry = stored.get(this.key(id)); if (entry) entry.payload.consumed = Math.floor(Date.now() / 1000); }
    async destroy(id) { stored.delete(this.key(id)); }
    async revokeByGrantId(grant) { for (const [key, entry] of stored) if (entry.payload.grantId === grant) stored.delete(key); }
}

const native = {
    application_type: "native", response_types: ["code"],
    grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    redirect_uris: ["http://127.0.0.1/", "http://localhost/", "http://127.0.0.1/inbasket"],
};

const provider = new Provider(issuer, {
    adapter: Memory,
    cookies: { keys: ["of a test"] },
    clients: [
        { client_id: "inbasket", token_endpoint_auth_method: "none", ...native },
        { client_id: "inbasket-known", client_secret: "known-to-everybody", token_endpoint_auth_method: "client_secret_post", ...native },
        { client_id: "mail-server", client_secret: "mail-server", grant_types: [], response_types: [], redirect_uris: [] },
    ],
    scopes: ["openid", "email", "offline_access"],
    claims: { openid: ["sub"], email: ["email"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id, email: id }) }),
    ttl: { AccessToken: lifetime, RefreshToken: 86400, DeviceCode: 600, AuthorizationCode: 60, Grant: 86400, Session: 3600, Interaction: 600, IdToken: 300 },
    rotateRefreshToken: !process.argv.includes("--no-rotation"),
    issueRefreshToken: async (context, client, code) => !settings.norefresh && code.scopes.has("offline_access"),
    features: {
        devInteractions: { enabled: true },
        deviceFlow: { enabled: true },
        introspection: { enabled: true, allowedPolicy: (context, client) => client.clientId === "mail-server" },
        registration: { enabled: true },
        resourceIndicators: {
            enabled: true,
            defaultResource: () => "urn:test:mail",
            useGrantedResource: () => true,
            getResourceServerInfo: () => ({ scope: "mail", audience: "urn:test:mail", accessTokenTTL: lifetime, accessTokenFormat: "opaque" }),
        },
    },
});

// What does not tell a token, but whether two are the same.
const mark = (token) => token && createHash("sha256").update(token).digest("hex").slice(0, 8);

async function misbehave(context) {
    const kind = fault.times > 0 ? fault.kind : "";
    if (kind !== "") fault.times--;
    if (kind === "slow") await new Promise((go) => setTimeout(go, Number(settings.slow_ms ?? 2000)));
    if (kind === "busy") { context.status = 503; context.body = "<h1>Out of order</h1>"; return true; }
    if (kind === "nonsense") { context.body = "<html>Sign in to the hotel's network</html>"; return true; }
    if (kind === "huge") { context.type = "json"; context.body = `{"access_token":"${"a".repeat(200000)}"}`; return true; }
    if (kind === "elsewhere") { context.redirect(`${issuer}/somewhere`); return true; }
    return false;
}

provider.use(async (context, next) => {
    if (context.path !== "/token") return next();
    log.push({ begun: true });
    if (await misbehave(context)) { log.push({ status: context.status }); return undefined; }
    await next();
    if (settings.dead_on_arrival) for (const key of [...stored.keys()]) if (key.startsWith("AccessToken:")) stored.delete(key);
    const asked = context.oidc?.params ?? {};
    log.push({ status: context.status, grant: asked.grant_type, refresh: mark(asked.refresh_token), given: mark(context.body?.refresh_token) });
    return undefined;
});

function control(url) {
    if (url.pathname === "/test/revoke") {
        for (const key of [...stored.keys()]) if (/^(Grant|RefreshToken|AccessToken):/.test(key)) stored.delete(key);
    } else if (url.pathname === "/test/fault") {
        fault = { kind: url.searchParams.get("kind"), times: Number(url.searchParams.get("times") ?? 1) };
    } else if (url.pathname === "/test/set") {
        settings[url.searchParams.get("name")] = url.searchParams.get("value");
    }
    return log;
}

const callback = provider.callback();
const server = createServer((request, response) => {
    const url = new URL(request.url, issuer);
    if (!url.pathname.startsWith("/test/")) { callback(request, response); return; }
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(control(url)));
});
server.listen(port, "127.0.0.1");
await once(server, "listening");
console.log("ready");
