import type {
  AbilitiesView,
  BarView,
  CopyAbility,
  EnvironmentClass,
  EnvironmentView,
  KeyRowView,
  MaskView,
  OldSecretView,
  StatusKind,
} from "$lib/view";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const environments: EnvironmentView[] = (["prod", "staging", "test", "dev"] as EnvironmentClass[]).map(
  (word) => ({ word, label: word, class: word }),
);

/** What the built-in portal offers in its extended mode. */
export const abilities: AbilitiesView = {
  environments,
  scopes: ["read", "write", "charge", "export", "stream", "ledger:write"],
  expiry: true,
  grace: {
    chosen: true,
    least: 5 * MINUTE,
    most: DAY,
    default: 2 * HOUR,
    toDeliver: 10 * MINUTE,
    reported: true,
    canEndEarly: true,
    secondDropsOld: false,
  },
  usage: true,
  usageRetention: 365 * DAY,
  usageBySecret: true,
  quota: true,
  apps: true,
  teams: true,
  clients: true,
  bill: true,
  administers: true,
  log: true,
};

/** A number that looks random and is the same every time. */
export function noise(seed: number): number {
  const x = Math.sin(seed * 127.1 + 311.7) * 43758.5453;
  return x - Math.floor(x);
}

const LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

export function mask(seed: number): MaskView {
  const tail = [1, 2, 3, 4].map((n) => LETTERS[Math.floor(noise(seed * 7 + n) * LETTERS.length)]).join("");
  return { prefix: `kst_${tail}`, suffix: null, sharedBy: 0 };
}

export function bars(seed: number, level: number, failing: number): BarView[] {
  return Array.from({ length: 30 }, (_, day) => {
    const requests = Math.round(level * (0.5 + noise(seed * 31 + day)));
    const failures = noise(seed * 17 + day) < failing ? Math.round(requests * 0.2) : 0;
    return { requests, failures };
  });
}

interface Sample {
  name: string;
  owner: string | null;
  scopes: string[];
  status: StatusKind;
  /** When it was last used, counted back from now; `null` for never. */
  used: number | null;
  /** When it ends, counted from now. */
  expires?: number;
  copy?: CopyAbility;
  level?: number;
  failing?: number;
}

const samples: Sample[] = [
  { name: "payments-api-prod", owner: "checkout team", scopes: ["read", "charge"], status: "rotating", used: 4000, expires: 90 * DAY, level: 40, failing: 0.15 },
  { name: "search-indexer-prod", owner: "nadia", scopes: ["read"], status: "expiring", used: 2 * MINUTE, expires: 3 * DAY, level: 60, failing: 0.1 },
  { name: "payments-reconciliation-nightly-eu-central-prod", owner: "finance-platform", scopes: ["read", "ledger:write"], status: "active", used: 9 * MINUTE, expires: 111 * DAY, level: 70, failing: 0.1 },
  { name: "checkout-web-staging", owner: "checkout team", scopes: ["read", "charge"], status: "active", used: 73 * MINUTE, expires: 73 * DAY, level: 30 },
  { name: "partner-feed-importer-prod", owner: null, scopes: ["read"], status: "active", used: 26 * MINUTE, copy: "noSecret", level: 55, failing: 0.2 },
  { name: "mobile-gateway-prod", owner: "mobile team", scopes: ["read", "stream"], status: "suspended", used: 2 * DAY, level: 60, failing: 0.1 },
  { name: "analytics-export-staging", owner: "nadia", scopes: ["read", "export"], status: "pending", used: null, level: 0 },
  { name: "invoices-webhook-staging", owner: "finance-platform", scopes: ["read"], status: "active", used: 20 * HOUR, expires: 70 * DAY, level: 20 },
  { name: "recommendations-batch-dev", owner: "ml-infra", scopes: ["read"], status: "unknown", used: 4 * HOUR, level: 12 },
  { name: "geo-lookup-test", owner: null, scopes: ["read"], status: "active", used: 214 * DAY, level: 0 },
  { name: "catalog-import-dev", owner: "nadia", scopes: ["read"], status: "expired", used: 18 * DAY, expires: -18 * DAY, copy: "dead", level: 14, failing: 0.1 },
  { name: "legacy-ios-prod", owner: "mobile team", scopes: ["read", "stream"], status: "revoked", used: 8 * DAY, copy: "dead", level: 14, failing: 0.3 },
  { name: "webhook-relay-test", owner: "platform", scopes: ["read"], status: "active", used: 3 * HOUR, expires: 49 * DAY, level: 16 },
];

const PARTS = ["billing", "catalog", "search", "media", "ads", "login", "push", "mail", "geo", "cart"];

function filler(index: number): Sample {
  const environment = environments[index % 4]!.word;
  return {
    name: `${PARTS[index % 10]}-${PARTS[(index * 7) % 10]}-${index}-${environment}`,
    owner: PARTS[(index * 3) % 10]!,
    scopes: ["read"],
    status: "active",
    used: Math.round(noise(index) * 40 * DAY),
    expires: 30 * DAY + Math.round(noise(index + 9) * 300 * DAY),
    level: 10 + Math.round(noise(index + 3) * 40),
  };
}

function statusAt(sample: Sample, now: number): number | null {
  if (sample.status === "revoked") return now - 8 * DAY;
  if (sample.status === "rotating") return now - 79 * MINUTE;
  if (sample.status === "pending") return now - 2 * HOUR;
  if (sample.status === "suspended") return now - 2 * DAY;
  return sample.expires === undefined ? null : now + sample.expires;
}

/** The old secret of the one key that is rotating. */
export function oldSecret(now: number): OldSecretView {
  return {
    mask: mask(999),
    end: { known: "exact", at: now + 41 * MINUTE - 8000 },
    from: now - 79 * MINUTE,
    lastUsedAt: now - 6 * MINUTE,
    copyable: true,
    of: null,
  };
}

function row(sample: Sample, index: number, now: number): KeyRowView {
  const word = sample.name.split("-").at(-1)!;
  return {
    id: `key_${index}`,
    name: sample.name,
    owner: sample.owner,
    app: null,
    client: null,
    scopes: sample.scopes,
    environment: environments.find((one) => one.word === word) ?? null,
    mask: index === 7 ? { ...mask(index), suffix: "x91d" } : mask(index),
    status: { kind: sample.status, word: null, at: statusAt(sample, now) },
    createdAt: now - 120 * DAY - index * HOUR,
    lastUsedAt: sample.used === null ? null : now - sample.used,
    lastUsedKnown: sample.status !== "unknown",
    expiresAt: sample.expires === undefined ? null : now + sample.expires,
    copy: sample.copy ?? "ready",
    old: sample.status === "rotating" ? [oldSecret(now)] : [],
    bars: sample.status === "unknown" ? null : bars(index, sample.level ?? 0, sample.failing ?? 0),
    pending: null,
    openRotation: sample.status === "rotating",
    dueAt: null,
    secretDeletedAt: (sample.status === "revoked" || sample.status === "expired") && sample.copy !== "noSecret" ? now + 12 * DAY : null,
  };
}

/** As many keys as asked for: the first ones show every state, the rest are plain. */
export function sampleKeys(count: number, now: number): KeyRowView[] {
  return Array.from({ length: count }, (_, index) => row(samples[index] ?? filler(index), index, now));
}
