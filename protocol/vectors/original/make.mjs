// Makes original.json beside it, with Node's own JSON and crypto and nothing of ours: `node make.mjs`.
// What is written here is what the original's documents say; its members are explained in the file's `about`.
import crypto from "node:crypto";
import fs from "node:fs";

const ED_PRIVATE = Buffer.from("302e020100300506032b657004220420", "hex");
const X_PRIVATE = Buffer.from("302e020100300506032b656e04220420", "hex");
const secret = (prefix, byte) =>
  crypto.createPrivateKey({ key: Buffer.concat([prefix, Buffer.alloc(32, byte)]), format: "der", type: "pkcs8" });
const pem = (key) => crypto.createPublicKey(key).export({ type: "spki", format: "pem" });
const der = (key) => crypto.createPublicKey(key).export({ type: "spki", format: "der" }).toString("base64");
const fingerprint = (text) =>
  crypto.createHash("sha256").update(text).digest("hex").match(/.{1,4}/g).slice(0, 8).join(":");

const darren = secret(ED_PRIVATE, 0x0d);
const mallory = secret(ED_PRIVATE, 0x66);
const opening = secret(X_PRIVATE, 0xa1);
const ephemeral = secret(X_PRIVATE, 0xe0);

const covered = (e) =>
  JSON.stringify({
    id: e.id, timestamp: e.timestamp, from: e.from, to: e.to, conversation: e.conversation, type: e.type,
    intent: e.intent, payload: e.payload,
  });
const sign = (e, key = darren) => ({ ...e, signature: crypto.sign(null, Buffer.from(covered(e)), key).toString("base64") });
const encrypt = (payload, to = crypto.createPublicKey(opening)) => {
  const shared = crypto.diffieHellman({ privateKey: ephemeral, publicKey: to });
  const key = Buffer.from(crypto.hkdfSync("sha256", shared, "", "ai2ai-payload-encryption", 32));
  const nonce = Buffer.alloc(12, 0x0c);
  const cipher = crypto.createCipheriv("aes-256-gcm", key, nonce);
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(payload), "utf8"), cipher.final()]);
  return {
    _encrypted: true, ephemeralPub: der(ephemeral), nonce: nonce.toString("base64"),
    ciphertext: ciphertext.toString("base64"), tag: cipher.getAuthTag().toString("base64"),
  };
};

const base = {
  ai2ai: "1.0", id: "3f0c4c5e-6d1f-4c07-9c7a-52d9c2b6a001", nonce: "00112233445566778899aabbccddeeff",
  timestamp: "2026-02-07T03:55:00.000Z", expiresAt: "2026-02-08T03:55:00.000Z",
  from: { agent: "darren-assistant", human: "Darren" }, to: { agent: "alex-assistant" },
  conversation: "8a6e0804-2bd0-4672-b79d-d97027f9071a", type: "request", intent: "schedule.meeting",
  payload: { subject: "Dinner", proposed_times: ["2026-02-10T19:00:00Z"], duration_minutes: 90 },
  requires_human_approval: true,
};
const old = {
  ai2ai: "0.1", id: base.id, timestamp: base.timestamp,
  from: { agent: "darren-assistant", node: "darren-node", human: "Darren" },
  to: { agent: "alex-assistant", node: "alex-node", human: "Alex" }, conversation: base.conversation, type: "ping",
  intent: null, payload: { capabilities: ["schedule.meeting"], public_key: pem(darren), fingerprint: fingerprint(pem(darren)) },
  requires_human_approval: true,
};
const odd = {
  b: 1.0, a: 1e21, "10": 0.1 + 0.2, "9": -0, "01": 5e-324, big: 2 ** 53, text: "\ud83d\ude00 \ud83d \u0007\u2028\u007f\\\"/",
  deep: [[[{ z: null, "4294967294": true, "4294967295": false }]]],
};
const without = (e, name) => Object.fromEntries(Object.entries(e).filter(([member]) => member !== name));
const spoil = (e, change) => { const copy = structuredClone(e); change(copy); return copy; };
const flip = (text) => (text[0] === "A" ? "B" : "A") + text.slice(1);

const envelopes = [];
const add = (name, envelope, expect, extra = {}) => {
  const body = typeof envelope === "string" ? envelope : JSON.stringify(envelope);
  envelopes.push({ name, expect, ...extra, body });
};
const good = (name, e, plain) => add(name, e, "verified", { signed: covered(plain ?? e), payload: JSON.stringify((plain ?? e).payload) });

good("1.0, a request", sign(base));
good("0.1, a ping with its key", sign(old));
good("0.2, to several", sign({ ...old, ai2ai: "0.2", to: [{ agent: "bob" }, { agent: "alex-assistant" }], type: "inform", intent: "info.share" }));
good("the seed's short form", sign({ ...without(base, "intent"), ai2ai: "0.2", type: "schedule" }));
good("no conversation and no human", sign({ ...without(base, "conversation"), from: { agent: "darren-assistant" } }));
good("numbers, texts and names as JavaScript has them", sign({ ...base, payload: odd }));
good("white space and other members around it", sign(base));
envelopes.at(-1).body = JSON.stringify({ ...sign(base), extra: 1 }, null, 2);
const sealed = sign({ ...base, payload: encrypt(base.payload) });
add("encrypted, then signed", sealed, "verified", { signed: covered(base), payload: JSON.stringify(base.payload) });
const signedFirst = { ...sign(base), payload: encrypt(base.payload) };
add("signed, then encrypted, as the original's own client does", signedFirst, "verified", { signed: covered(base), payload: JSON.stringify(base.payload) });
const free = spoil(sign(base), (e) => { e.nonce = "another"; e.expiresAt = "2027-01-01T00:00:00.000Z"; e.requires_human_approval = false; });
good("nonce, expiry and approval are not covered", free);

add("another's signature", sign(base, mallory), "unverified");
add("a signature over something else", spoil(sign(base), (e) => { e.payload.subject = "Breakfast"; }), "unverified");
add("the order of members is part of what is signed", spoil(sign(base), (e) => { e.payload = { duration_minutes: 90, ...base.payload, proposed_times: base.payload.proposed_times }; }), "unverified");
add("another recipient", spoil(sign(base), (e) => { e.to.agent = "bob"; }), "unverified");
add("a signature of zeros", { ...base, signature: Buffer.alloc(64).toString("base64") }, "unverified");
add("unsigned", base, "invalid_signature");
add("an empty signature", { ...base, signature: "" }, "invalid_signature");
add("half a signature", spoil(sign(base), (e) => { e.signature = e.signature.slice(0, 44); }), "invalid_signature");
add("a signature in base64url", spoil(sign(base), (e) => { e.signature = Buffer.from(e.signature, "base64").toString("base64url"); }), "invalid_signature");
add("a signature that is no text", { ...base, signature: [1] }, "invalid_signature");
add("an unknown version", sign({ ...base, ai2ai: "2.0" }), "invalid_envelope");
add("a version that is a number", sign({ ...base, ai2ai: 1.0 }), "invalid_envelope");
for (const member of ["id", "timestamp", "from", "to", "type", "payload", "intent"]) {
  add(`no ${member}`, sign(without(base, member)), "invalid_envelope");
}
add("an unknown type", sign({ ...base, type: "approve" }), "invalid_envelope");
add("an id with a line break", sign({ ...base, id: "a\nb" }), "invalid_envelope");
add("an id of 129 characters", sign({ ...base, id: "x".repeat(129) }), "invalid_envelope");
add("an id that is a lone surrogate", sign({ ...base, id: "\ud800" }), "invalid_envelope");
add("a name with a right-to-left override", sign({ ...base, from: { agent: "x\u202etnatsissa" } }), "invalid_envelope");
add("a time without an offset", sign({ ...base, timestamp: "2026-02-07T03:55:00" }), "invalid_envelope");
add("a payload that is a list", sign({ ...base, payload: [] }), "invalid_envelope");
add("17 recipients", sign({ ...base, to: Array.from({ length: 17 }, () => ({ agent: "a" })) }), "invalid_envelope");
add("no JSON", "ai2ai", "invalid_json");
add("a list", "[]", "invalid_json");
add("a member twice", JSON.stringify(sign(base)).replace('"type":', '"type":"ping","type":'), "invalid_json");
add("a number beyond every double", JSON.stringify(sign(base)).replace(":90}", ":1e999}"), "invalid_json");
add("33 levels", JSON.stringify(sign({ ...base, payload: JSON.parse('{"a":'.repeat(32) + "0" + "}".repeat(32)) })), "invalid_json");
add("more than 100 KB", sign({ ...base, payload: { text: "x".repeat(102400) } }), "payload_too_large");
for (const member of ["ephemeralPub", "nonce", "ciphertext", "tag"]) {
  add(`encrypted, with another ${member}`, spoil(sealed, (e) => { e.payload[member] = flip(e.payload[member]); }), "decryption_failed");
  add(`encrypted, without ${member}`, spoil(sealed, (e) => { delete e.payload[member]; }), "decryption_failed");
}
add("encrypted to somebody else", sign({ ...base, payload: encrypt(base.payload, crypto.createPublicKey(secret(X_PRIVATE, 0xb0))) }), "decryption_failed");
add("encrypted, and no object inside", sign({ ...base, payload: encrypt("text") }), "decryption_failed");
const zero = Buffer.concat([Buffer.from("302a300506032b656e032100", "hex"), Buffer.alloc(32)]).toString("base64");
add("encrypted with a key of small order", spoil(sealed, (e) => { e.payload.ephemeralPub = zero; }), "decryption_failed");

const big = envelopes.find((e) => e.name === "more than 100 KB");
big.body = undefined;
big.repeat = { subject: 102400 };

const about = "SPEC.md §24. `body` is an envelope of the original; `expect` is `verified` (with the pinned key `key`, its payload opened with `opening`, "
  + "the base64 of an X25519 secret in PKCS8), `unverified` (it can be read, and is not signed with that key), or the reason of the refusal. "
  + "`signed` is what the signature covers with the payload opened, `payload` what JSON.stringify makes of it. Where there is no `body`, it is the first one with a subject of "
  + "`repeat.subject` times `x`. `stringify` has texts and what JSON.stringify(JSON.parse(text)) makes of them. Made by make.mjs.";
const texts = [
  "1.0", "-0", "1e21", "1e-7", "123456789012345680000", "0.000001", "4.35", "5e-324", "1.7976931348623157e308", "9007199254740993",
  '{"b":1,"10":2,"a":3,"9":4}', '{"4294967295":1,"4294967294":2,"00":3}', '{"__proto__":{"x":1},"constructor":2}',
  '"\\u00e9\\ud800\\u0000\\b\\f\\/"', '"\\ud83d\\ude00\\ude00\\ud83d"', "[ 1 , [ ] , { } ]",
];
const out = {
  about, key: pem(darren), fingerprint: fingerprint(pem(darren)),
  opening: opening.export({ type: "pkcs8", format: "der" }).toString("base64"), opening_public: der(opening),
  stringify: texts.map((text) => ({ text, is: JSON.stringify(JSON.parse(text)) })), envelopes,
};
fs.writeFileSync(new URL("original.json", import.meta.url), JSON.stringify(out, null, 1) + "\n");
