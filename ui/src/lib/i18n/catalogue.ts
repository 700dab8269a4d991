/** A sentence whose wording depends on a number; the forms are those of CLDR. */
export interface Plural {
  zero?: string;
  one?: string;
  two?: string;
  few?: string;
  many?: string;
  other: string;
}

/**
 * The words of one area. `{word}` is replaced by a fact; a sentence with a `count` has plural forms.
 */
export type Words = Record<string, string | Plural>;

/** The words of an area in another language: none may be missing, and none may be left over. */
export type Said<T> = { readonly [K in keyof T]: T[K] extends string ? string : Plural };
