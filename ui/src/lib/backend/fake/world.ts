import type { AbilitiesView, CommandError, KeyRowView, WindowEvent } from "$lib/view";

/** What the parts of the fake share: the keys, the time, and a way to tell the window. */
export interface World {
  now(): number;
  /** The keys, the newest first. */
  rows(): KeyRowView[];
  /** A key; refused if there is none. */
  row(id: string): KeyRowView;
  /** Puts a changed row where the old one was, and tells. */
  put(row: KeyRowView): KeyRowView;
  /** Puts a new row before all others, and tells. */
  add(row: KeyRowView): KeyRowView;
  /** Puts one row in the place of another, which leaves the list. */
  replace(id: string, row: KeyRowView): void;
  abilities(): AbilitiesView | null;
  say(event: WindowEvent): void;
}

/** Answers a command of the window as the fake was told to, and remembers that it was asked. */
export type Ask = <T>(command: string, args: unknown, answer: () => T) => Promise<T>;

/** A failure with words, as the app would send it. */
export function refusal(code: string, message: string, meaning: string, remedy: string, retryAt: number | null = null): CommandError {
  return { code, message, meaning, remedy, facts: {}, retryAt };
}
