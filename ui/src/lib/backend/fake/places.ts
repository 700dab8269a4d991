import type { DeliveredView, FoundView, PlaceInput, PlaceView, SweepInput, SweepView } from "$lib/view";
import { DAY, HOUR, MINUTE } from "./sample";
import { refusal, type World } from "./world";

/** Where keys are used, and the search for old secrets, in memory. */
export class FakePlaces {
  sweeping: SweepView | null = null;
  /** Keys of which it was asked, or said, where they go. */
  readonly asked = new Set<string>();
  #places = new Map<string, PlaceView[]>();
  #numbers = 0;

  constructor(readonly world: World) {}

  list(key: string): PlaceView[] {
    const row = this.world.rows().find((one) => one.id === key);
    if (!this.#places.has(key) && row && row.old.length > 0) this.#places.set(key, this.#samples());
    return this.#places.get(key) ?? [];
  }

  put(key: string, places: PlaceView[]): void {
    this.#places.set(key, places);
  }

  add(input: PlaceInput): PlaceView[] {
    const now = this.world.now();
    const label = input.label.trim();
    const before = this.list(input.key);
    this.asked.add(input.key);
    const delivered = this.world.row(input.key).old.length > 0 ? { at: now, byHand: false } : null;
    const known = before.find((one) => one.kind === input.kind && one.label === label);
    if (known) this.put(input.key, before.map((one) => (one === known ? { ...one, lastAt: now, delivered: one.delivered ?? delivered } : one)));
    else this.put(input.key, [...before, { id: `place_${++this.#numbers}`, kind: input.kind, label, addedAt: now, lastAt: null, delivered: null }]);
    return this.list(input.key);
  }

  remove(key: string, place: string): PlaceView[] {
    this.put(key, this.list(key).filter((one) => one.id !== place));
    return this.list(key);
  }

  tick(key: string, place: string, delivered: DeliveredView | null): void {
    this.put(key, this.list(key).map((one) => (one.id === place ? { ...one, delivered } : one)));
  }

  undeliver(key: string): void {
    this.put(key, this.list(key).map((one) => ({ ...one, delivered: null })));
  }

  /** The places of a key become those of the key that follows it. */
  move(from: string, to: string): void {
    this.put(to, this.list(from));
    this.#places.delete(from);
  }

  sweep(input: SweepInput): SweepView {
    if (this.sweeping?.state === "running") throw refusal("sweep_running", "A search is under way.", "Nothing was changed.", "Wait for it or cancel it.");
    return this.tell({ key: input.key, state: "running", files: 0, skipped: 0, folder: input.folders[0] ?? "~", found: [], error: null });
  }

  cancel(): void {
    if (this.sweeping) this.tell({ ...this.sweeping, state: "cancelled", folder: null });
  }

  /** Moves the search on. */
  tell(view: SweepView): SweepView {
    this.sweeping = view;
    this.world.say({ kind: "sweep", view });
    return view;
  }

  /** What a search would find. */
  static readonly found: FoundView[] = [
    { file: "/home/nadia/code/checkout/.env", line: 14, base64: false },
    { file: "/home/nadia/code/checkout/deploy/k8s/secret.yaml", line: 9, base64: true },
    { file: "/home/nadia/.bash_history", line: 2081, base64: false },
  ];

  #samples(): PlaceView[] {
    const now = this.world.now();
    const place = (kind: PlaceView["kind"], label: string, delivered: DeliveredView | null): PlaceView => ({
      id: `place_${++this.#numbers}`,
      kind,
      label,
      addedAt: now - 90 * DAY,
      lastAt: now - 90 * DAY + HOUR,
      delivered,
    });
    return [
      place("folder", "~/code/checkout/.env", { at: now - 74 * MINUTE, byHand: false }),
      place("text", "fly.io, checkout-eu", { at: now - 70 * MINUTE, byHand: true }),
      place("ci", "GitHub Actions, acme/checkout-deploy", null),
    ];
  }
}
