import type { PickerEvent, PickerView } from "$lib/view";

/**
 * Everything the picker can ask of the app: it reads, copies, pins and goes away.
 *
 * The app refuses this window every other command.
 */
export interface PickerBackend {
  /** What the app said before it was asked, for the first picture; it is told once. */
  first(): PickerView | null;
  /** The keys that were pressed before the page could hear them; none says that it hears them all from now on. */
  ready(): Promise<string[]>;
  /** What is shown before anything is typed. */
  look(): Promise<PickerView>;
  list(typed: string): Promise<PickerView>;
  /** Copies the secret and puts the picker away. */
  copy(account: string, key: string): Promise<void>;
  /** Somebody says once more that the secret of a production key is wanted. */
  allow(account: string, key: string): Promise<void>;
  pin(account: string, key: string, pin: boolean): Promise<unknown>;
  hide(): Promise<void>;
  /** Shows the main window in the picker's place. */
  openMain(): Promise<void>;
  /** Calls `heard` for everything the app tells; returns how to stop. */
  listen(heard: (event: PickerEvent) => void): Promise<() => void>;
}
