import { asCommandError } from "$lib/backend/failure";
import type { Backend } from "$lib/backend";
import type { AppDetailsView, AppInput, CommandError, DeveloperAppView, ProductView, SubscriptionView } from "$lib/view";

/** A portal takes names of up to this many characters. */
export const LONGEST_NAME = 100;

/** A product in the form: whether it is wanted, what of it, and what for. */
export class WishedProduct {
  on = $state(false);
  scopes = $state.raw<readonly string[]>([]);
  why = $state("");

  constructor(
    readonly product: ProductView,
    /** What the app has or asked for of it before. */
    readonly before: readonly SubscriptionView[],
  ) {
    this.on = before.length > 0;
    this.scopes = product.scopes.filter((scope) => before.length === 0 || before[0]!.scopes.includes(scope));
  }
}

/** A text of a list, with a name of its own so that a list can be edited in its middle. */
export interface Entry {
  key: number;
  name: string;
  value: string;
}

/** What the fields for a list of texts need of a form. */
export interface EntriesForm {
  callbacks: Entry[];
  attributes: Entry[];
  addCallback(): void;
  addAttribute(): void;
  callbackFault(entry: Entry): string | undefined;
  attributeFault(entry: Entry, part: "name" | "value"): string | undefined;
}

/** What the portal says is wrong with a field, if anything; an empty text is a mistake without words. */
export function faultOf(error: CommandError | null, field: string): string | undefined {
  const plain = (name: string) => name.replaceAll("_", "").toLowerCase();
  return error?.fields?.find((one) => plain(one.field) === plain(field))?.why;
}

/** An app in the making, or as it shall be. */
export class AppForm {
  name = $state("");
  description = $state("");
  callbacks = $state<Entry[]>([]);
  attributes = $state<Entry[]>([]);
  products: readonly WishedProduct[] = [];
  /** The team that a new one shall belong to; nothing for one's own. */
  team = $state<string | null>(null);
  busy = $state(false);
  /** Whether mistakes are shown: only after the first attempt. */
  tried = $state(false);
  error = $state.raw<CommandError | null>(null);
  #keys = 0;
  /** How the products that were sent stand in the list of all: the portal names them by their place there. */
  #sent = $state.raw<string[]>([]);
  #sentCallbacks = $state.raw<number[]>([]);
  #sentAttributes = $state.raw<number[]>([]);

  readonly length = $derived([...this.name.trim()].length);
  readonly wrong = $derived(
    this.name.trim() === "" || this.length > LONGEST_NAME || this.products.some((one) => one.on && (this.lacksScope(one) || this.lacksWhy(one))),
  );

  constructor(
    readonly backend: Backend,
    products: readonly ProductView[],
    readonly of: DeveloperAppView | null,
    team: string | null = null,
  ) {
    this.team = of ? null : team;
    this.name = of?.name ?? "";
    this.description = of?.description ?? "";
    this.callbacks = (of?.callbackUrls ?? []).map((value) => this.#entry("", value));
    this.attributes = (of?.attributes ?? []).map(({ name, value }) => this.#entry(name, value));
    this.products = products.map((product) => new WishedProduct(product, (of?.subscriptions ?? []).filter((one) => one.product === product.id)));
  }

  #entry(name: string, value: string): Entry {
    return { key: this.#keys++, name, value };
  }

  addCallback(): void {
    this.callbacks = [...this.callbacks, this.#entry("", "")];
  }
  addAttribute(): void {
    this.attributes = [...this.attributes, this.#entry("", "")];
  }

  lacksScope(one: WishedProduct): boolean {
    return one.scopes.length === 0;
  }

  /** Whether somebody must approve what is asked for beyond what is in force. */
  waits(one: WishedProduct): boolean {
    const { product, before } = one;
    const has = before.find(({ state }) => state === "approved")?.scopes ?? [];
    const beyond = one.scopes.filter((scope) => !has.includes(scope));
    if (beyond.length === 0 || product.approval === "auto") return false;
    return product.approval === "manual" || beyond.some((scope) => product.elevated.includes(scope));
  }

  /** What was asked for in the same words before, and is not in force. */
  asked(one: WishedProduct): SubscriptionView | undefined {
    const same = (scopes: readonly string[]) => scopes.length === one.scopes.length && scopes.every((scope) => one.scopes.includes(scope));
    return one.before.find(({ state, scopes }) => state !== "approved" && same(scopes));
  }

  /** Whether it must be said what a product is for. */
  needsWhy(one: WishedProduct): boolean {
    return one.on && this.waits(one) && this.asked(one) === undefined;
  }

  lacksWhy(one: WishedProduct): boolean {
    return this.needsWhy(one) && one.why.trim() === "";
  }

  /** What the portal says is wrong with a field, if anything; an empty text is a mistake without words. */
  fault(field: string): string | undefined {
    return faultOf(this.error, field);
  }
  productFault(one: WishedProduct, part: string): string | undefined {
    const place = this.#sent.indexOf(one.product.id);
    return place < 0 ? undefined : this.fault(`products[${place}].${part}`);
  }
  callbackFault(entry: Entry): string | undefined {
    const place = this.#sentCallbacks.indexOf(entry.key);
    return place < 0 ? undefined : this.fault(`callbackUrls[${place}]`);
  }
  attributeFault(entry: Entry, part: "name" | "value"): string | undefined {
    const place = this.#sentAttributes.indexOf(entry.key);
    return place < 0 ? undefined : this.fault(`attributes[${place}].${part}`);
  }
  /** Faults of the whole of a list, or of something that has no field here. */
  get elsewhere(): { field: string; why: string }[] {
    const known = /^(name|description|callbackUrls\[\d+\]|attributes\[\d+\]\.(name|value)|products\[\d+\]\.(productId|scopes|justification))$/i;
    return (this.error?.fields ?? []).filter(({ field }) => !known.test(field.replaceAll("_", "")));
  }

  #input(): AppInput {
    const callbacks = this.callbacks.filter(({ value }) => value.trim() !== "");
    const attributes = this.attributes.filter(({ name, value }) => name.trim() !== "" || value !== "");
    const products = this.products.filter(({ on }) => on);
    this.#sent = products.map(({ product }) => product.id);
    this.#sentCallbacks = callbacks.map(({ key }) => key);
    this.#sentAttributes = attributes.map(({ key }) => key);
    return {
      name: this.name.trim(),
      description: this.description,
      callbackUrls: callbacks.map(({ value }) => value.trim()),
      attributes: attributes.map(({ name, value }) => ({ name: name.trim(), value })),
      products: products.map(({ product, scopes, why }) => ({ product: product.id, scopes: [...scopes], justification: why.trim() })),
      team: this.team,
    };
  }

  /** Sends the form, once; nothing is sent while something is wrong with it. */
  async submit(): Promise<AppDetailsView | null> {
    this.tried = true;
    if (this.busy || this.wrong) return null;
    this.busy = true;
    this.error = null;
    try {
      const input = this.#input();
      return await (this.of ? this.backend.apps.change(this.of.id, input) : this.backend.apps.create(input));
    } catch (thrown) {
      this.error = asCommandError(thrown);
      return null;
    } finally {
      this.busy = false;
    }
  }
}

/** An app as it is, as a form would send it: to change one thing of it. */
export function inputOf(app: DeveloperAppView, products: AppInput["products"]): AppInput {
  const { name, description, callbackUrls, attributes } = app;
  return { name, description, callbackUrls, attributes, products, team: null };
}

/** What an app subscribes to, without one product. What is asked for stays as it is. */
export function without(app: DeveloperAppView, product: string): AppInput["products"] {
  const asked = new Map<string, SubscriptionView>();
  for (const one of app.subscriptions) if (one.product !== product && !asked.has(one.product)) asked.set(one.product, one);
  return [...asked.values()].map((one) => ({ product: one.product, scopes: one.scopes, justification: "" }));
}
