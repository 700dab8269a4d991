import type { Open } from "$lib/state/dialogs.svelte";
import type { Fake } from "../fake";
import { FakePlaces } from "./places";
import { DAY, HOUR, MINUTE } from "./sample";

/** The key that is rotating in the sample, and one that is not. */
const ROTATING = "key_0";
const CALM = "key_3";

type Scene = (fake: Fake) => Open;

const rotate = (id: string, name: string): Open => ({ kind: "rotate", key: { id, name } });
const rotating = rotate(ROTATING, "payments-api-prod");
const calm = rotate(CALM, "checkout-web-staging");

function grace(fake: Fake, change: Partial<NonNullable<Fake["view"]["accounts"][0]["abilities"]>["grace"]>): void {
  fake.view.accounts = fake.view.accounts.map((one) => ({ ...one, abilities: one.abilities && { ...one.abilities, grace: { ...one.abilities.grace, ...change } } }));
}
function old(fake: Fake, change: Partial<Fake["rows"][0]["old"][0]>): void {
  fake.rows = fake.rows.map((row) => ({ ...row, old: row.old.map((one) => ({ ...one, ...change })) }));
}
function plan(fake: Fake, reason: "planned" | "leaked", way: "sideBySide" | "inPlace"): void {
  fake.rotations.plan({ key: CALM, reason, way, longestJob: reason === "planned" ? 4 * HOUR : null });
}
function beside(fake: Fake, reason: "planned" | "leaked" = "planned"): Open {
  fake.rotations.places.put(CALM, fake.rotations.places.list(ROTATING));
  plan(fake, reason, "sideBySide");
  const { row } = fake.rotations.rotate({ ticket: "t", key: CALM, reason, way: "sideBySide", grace: null, longestJob: 4 * HOUR, again: false, successor: "checkout-web-staging-2" });
  return rotate(row.id, row.name);
}

/** States of the wizard, to be looked at and to be tested: `fake.html?scene=straggler`. */
export const scenes: Record<string, Scene> = {
  begin: () => calm,
  /** Opened again after the choices were made. */
  planned: (fake) => (plan(fake, "planned", "inPlace"), calm),
  beside: (fake) => (plan(fake, "planned", "sideBySide"), calm),
  leaked: (fake) => (plan(fake, "leaked", "sideBySide"), calm),
  /** A portal of the plain contract: nothing is chosen, nothing is told. */
  plain: (fake) => {
    grace(fake, { chosen: false, toDeliver: null, least: null, most: null, default: null, reported: false, canEndEarly: false, secondDropsOld: null });
    plan(fake, "planned", "inPlace");
    return calm;
  },
  /** The server's grace is shorter than the longest job. */
  short: (fake) => {
    grace(fake, { chosen: false, toDeliver: null, least: null, most: null, default: HOUR, canEndEarly: false });
    plan(fake, "planned", "inPlace");
    return calm;
  },
  failed: (fake) => {
    const { failing } = fake.rotations;
    failing.set("elsewhere", {
      code: "rotated_elsewhere",
      message: "This key was rotated elsewhere today at 11:02.",
      meaning: "The secret in the vault may stop working soon. Nothing was sent.",
      remedy: "Find out who rotated it, then check again.",
      facts: {},
      retryAt: null,
    });
    plan(fake, "planned", "inPlace");
    return calm;
  },
  grace: () => rotating,
  straggler: (fake) => {
    old(fake, { end: { known: "exact", at: fake.now() + 4 * MINUTE + 12_000 }, lastUsedAt: fake.now() - 48_000 });
    const endsAt = fake.now() + 4 * MINUTE + 12_000;
    fake.rotations.kept(ROTATING).straggler = { lastUsedAt: fake.now() - 48_000, calls: 9, endsAt };
    return rotating;
  },
  range: (fake) => {
    grace(fake, { chosen: false, toDeliver: null, reported: false, canEndEarly: false, least: 15 * MINUTE, most: 2 * HOUR, default: null });
    old(fake, { end: { known: "range", least: fake.now() - 64 * MINUTE + 2 * HOUR, most: fake.now() - 79 * MINUTE + 4 * HOUR } });
    return rotating;
  },
  unknown: (fake) => {
    grace(fake, { chosen: false, toDeliver: null, least: null, most: null, default: null, reported: false, canEndEarly: false, secondDropsOld: null });
    old(fake, { end: { known: "unknown" }, copyable: false });
    fake.rotations.provable = false;
    return rotating;
  },
  sides: (fake) => beside(fake),
  leakedSides: (fake) => beside(fake, "leaked"),
  sweeping: (fake) => {
    fake.rotations.places.tell({ key: ROTATING, state: "running", files: 18_204, skipped: 3, folder: "/home/nadia/code/checkout/services/billing/config", found: FakePlaces.found.slice(0, 1), error: null });
    return rotating;
  },
  swept: (fake) => {
    fake.rotations.places.tell({ key: ROTATING, state: "done", files: 61_377, skipped: 12, folder: null, found: FakePlaces.found, error: null });
    return rotating;
  },
  asking: (fake) => ((fake.rotations.kept(ROTATING).stage = "asking"), rotating),
  lost: (fake) => {
    fake.rows = fake.rows.map((row) => (row.id === ROTATING ? { ...row, copy: "noSecret" } : row));
    return rotating;
  },
  ended: (fake) => (fake.rotations.places.list(ROTATING), fake.rotations.end(ROTATING), rotating),
  receipt: (fake) => {
    fake.rotations.places.list(ROTATING);
    fake.rotations.end(ROTATING);
    fake.rotations.probe(ROTATING);
    fake.rows = fake.rows.map((row) => ({ ...row, dueAt: fake.now() + 90 * DAY }));
    fake.rotations.finish(ROTATING);
    return rotating;
  },
};

/** States of other dialogs, to be looked at. */
export const dialogs: Record<string, Scene> = {
  /** The forms of a copy, the last one taken first. */
  copyAs: (fake) => {
    fake.forms.save({ key: CALM, id: null, name: "Helm", text: "--set shop.{{name}}={{secret}}" });
    fake.forms.copied({ key: CALM, kind: "kubernetes", id: "kubernetes", variable: "CHECKOUT_WEB_STAGING_KEY" });
    return { kind: "copyAs", row: fake.rows.find((row) => row.id === CALM)! };
  },
  /** Bounds on the usage of a key, one of them crossed. */
  alerts: (fake) => {
    fake.watch.save({ key: CALM, rule: "errors", bound: 1 });
    fake.watch.raised = fake.now() - 79 * MINUTE;
    return { kind: "alerts", key: { id: CALM, name: "checkout-web-staging" } };
  },
};
