// An agent of the protocol's original, written from its documents (README, docs/PROTOCOL.md of 0.2, SPEC.md of 1.0) with Node's own http
// and crypto and nothing else. It is driven by lines of JSON on its standard input, and answers each with one; the first line that it
// writes says who it is and where it listens. It can also do what the original does wrong.
import crypto from "node:crypto";
import http from "node:http";
import readline from "node:readline";
import util from "node:util";

const [agent = "darren-assistant", human = "Darren"] = process.argv.slice(2);
const VERSIONS = ["0.1", "0.2", "1.0"];

// ── keys (SPEC: Signing, Encryption) ────────────────────────────────────────────────────────────────────────────────────
let ed = crypto.generateKeyPairSync("ed25519");
const other = crypto.generateKeyPairSync("ed25519");
const x = crypto.generateKeyPairSync("x25519");
const pem = (key) => key.export({ type: "spki", format: "pem" });
const der = (key) => key.export({ type: "spki", format: "der" }).toString("base64");
const fingerprint = (text) => crypto.createHash("sha256").update(text).digest("hex").match(/.{1,4}/g).slice(0, 8).join(":");

const covered = (e) =>
  JSON.stringify({
    id: e.id, timestamp: e.timestamp, from: e.from, to: e.to, conversation: e.conversation, type: e.type,
    intent: e.intent, payload: e.payload,
  });
const signed = (e, key = ed.privateKey) => ({
  ...e, signature: crypto.sign(null, Buffer.from(covered(e)), key).toString("base64"),
});

const aesKey = (privateKey, publicKey) =>
  Buffer.from(crypto.hkdfSync("sha256", crypto.diffieHellman({ privateKey, publicKey }), "", "ai2ai-payload-encryption", 32));
function encrypted(payload, to) {
  const ephemeral = crypto.generateKeyPairSync("x25519");
  const publicKey = crypto.createPublicKey({ key: Buffer.from(to, "base64"), format: "der", type: "spki" });
  const nonce = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv("aes-256-gcm", aesKey(ephemeral.privateKey, publicKey), nonce);
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(payload), "utf8"), cipher.final()]);
  return {
    _encrypted: true, ephemeralPub: der(ephemeral.publicKey), nonce: nonce.toString("base64"),
    ciphertext: ciphertext.toString("base64"), tag: cipher.getAuthTag().toString("base64"),
  };
}
function decrypted(payload) {
  if (payload?._encrypted !== true) return payload;
  const publicKey = crypto.createPublicKey({ key: Buffer.from(payload.ephemeralPub, "base64"), format: "der", type: "spki" });
  const decipher = crypto.createDecipheriv("aes-256-gcm", aesKey(x.privateKey, publicKey), Buffer.from(payload.nonce, "base64"));
  decipher.setAuthTag(Buffer.from(payload.tag, "base64"));
  return JSON.parse(Buffer.concat([decipher.update(Buffer.from(payload.ciphertext, "base64")), decipher.final()]).toString());
}

// ── what it is asked ────────────────────────────────────────────────────────────────────────────────────────────────────
const received = [];
let pinned = null; // the PEM of whoever it knows
let answers = null; // what its server answers instead, for a while
let port = 0;

const handshake = () => ({
  capabilities: ["schedule.meeting", "message.relay"], languages: ["en"], timezone: "UTC", model_info: "local",
  protocol_versions: VERSIONS, public_key: pem(ed.publicKey), fingerprint: fingerprint(pem(ed.publicKey)),
  x25519_public_key: der(x.publicKey),
});
const checks = (e) => {
  if (!pinned) return null;
  return crypto.verify(null, Buffer.from(covered(e)), crypto.createPublicKey(pinned), Buffer.from(e.signature ?? "", "base64"));
};

async function serve(req, res) {
  const say = (status, body, headers = {}) => {
    res.writeHead(status, { "Content-Type": "application/json", ...headers });
    res.end(typeof body === "string" ? body : JSON.stringify(body));
  };
  let body = "";
  for await (const chunk of req) body += chunk;
  if (req.method === "GET" && req.url === "/ai2ai/health") return say(200, { status: "online", protocol: "ai2ai", version: "1.0" });
  if (req.method === "GET" && req.url === "/.well-known/ai2ai.json") {
    return say(200, {
      ai2ai: "1.0", endpoint: `http://127.0.0.1:${port}/ai2ai`, agent, human, publicKey: pem(ed.publicKey),
      fingerprint: fingerprint(pem(ed.publicKey)), capabilities: ["schedule.meeting"],
    });
  }
  if (req.method !== "POST" || req.url !== "/ai2ai") return say(404, { error: "Not found. POST to /ai2ai" });
  const envelope = JSON.parse(body);
  if (envelope.type === "ping") return say(200, { status: "ok", type: "ping", payload: handshake() });
  if (answers) {
    received.push({ envelope, refused: true });
    return say(answers.status, answers.body ?? {}, answers.headers ?? {});
  }
  received.push({
    envelope, verified: checks(envelope), payload: decrypted(envelope.payload), sealed: envelope.payload?._encrypted === true,
    version: req.headers["x-ai2ai-version"], bytes: body.length,
  });
  say(200, { status: envelope.type === "request" ? "pending_approval" : "ok", id: envelope.id, agent });
}

// ── what it does ────────────────────────────────────────────────────────────────────────────────────────────────────────
function ask(url, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const req = http.request(url, { method, headers, timeout: 30000 }, (res) => {
      let text = "";
      res.on("data", (chunk) => { text += chunk; });
      res.on("end", () => {
        let json = null;
        try { json = JSON.parse(text); } catch { /* it is no JSON */ }
        resolve({ status: res.statusCode, headers: res.headers, body: json, text: text.slice(0, 2000) });
      });
    });
    req.on("error", reject);
    if (body !== undefined) req.write(body);
    req.end();
  });
}

function envelope(changes) {
  const e = {
    ai2ai: "1.0", id: crypto.randomUUID(), nonce: crypto.randomBytes(16).toString("hex"), timestamp: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 86400000).toISOString(), from: { agent, human }, to: { agent: "alex-assistant" },
    conversation: crypto.randomUUID(), type: "request", intent: "schedule.meeting", payload: {},
    requires_human_approval: true, ...changes,
  };
  return e;
}

// What was made, by signature: whoever drives this may have sorted the members, whose order is part of what is signed.
const made = new Map();
const keep = (e) => { made.set(e.signature, e); return e; };
const asMade = (e) => (util.isDeepStrictEqual(made.get(e.signature), e) ? made.get(e.signature) : e);

const doers = {
  // Signs as the documents say, unless told otherwise; `seal` is the key to encrypt to, `how` the order.
  async make({ changes = {}, how = "encrypt, sign", seal, by = "me" }) {
    const plain = envelope(changes);
    const key = by === "other" ? other.privateKey : ed.privateKey;
    if (by === "nobody") return plain;
    if (!seal) return keep(signed(plain, key));
    if (how === "sign, encrypt") return keep({ ...signed(plain, key), payload: encrypted(plain.payload, seal) });
    return keep(signed({ ...plain, payload: encrypted(plain.payload, seal) }, key));
  },
  async post({ url, envelope }) {
    const body = JSON.stringify(asMade(envelope));
    return ask(url, {
      method: "POST", body,
      headers: { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body), "X-AI2AI-Version": envelope.ai2ai ?? "1.0" },
    });
  },
  async ping({ url, by = "me", claims }) {
    const key = by === "other" ? other : ed;
    const payload = { ...handshake(), public_key: pem((claims === "other" ? other : ed).publicKey) };
    const plain = envelope({ ai2ai: "0.1", type: "ping", intent: null, to: { agent: "unknown", node: "unknown", human: "unknown" }, payload });
    return doers.post({ url, envelope: signed(plain, key.privateKey) });
  },
  async ask({ url, options }) { return ask(url, options); },
  async pin({ pem }) { pinned = pem; return {}; },
  async answers({ as }) { answers = as; return {}; },
  async received() { return received; },
  async stringify({ texts }) { return texts.map((text) => JSON.stringify(JSON.parse(text))); },
};

const server = http.createServer((req, res) => serve(req, res).catch((error) => { res.writeHead(500); res.end(String(error)); }));
server.listen(0, "127.0.0.1", () => {
  port = server.address().port;
  const who = { port, pem: pem(ed.publicKey), fingerprint: fingerprint(pem(ed.publicKey)), x25519: der(x.publicKey) };
  process.stdout.write(JSON.stringify(who) + "\n");
});
readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const { do: what, ...given } = JSON.parse(line);
  let answer;
  try { answer = await doers[what](given); } catch (error) { answer = { failed: String(error) }; }
  process.stdout.write(JSON.stringify(answer) + "\n");
}).on("close", () => process.exit(0));
