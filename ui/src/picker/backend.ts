import type { CopyAsInput, FormsView, PickerEvent, PickerView } from "$lib/view";

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
  /** What fits a text; `turn` grows with each question, and one that was overtaken is answered with nothing. */
  list(typed: string, turn: number): Promise<PickerView | null>;
  /** Copies the secret and puts the picker away. */
  copy(account: string, key: string): Promise<void>;
  /** Somebody says once more that the secret of a production key is wanted. */
  allow(account: string, key: string): Promise<void>;
  /** The forms that a secret can be copied in, with what was chosen the last time. */
  forms(account: string, key: string): Promise<FormsView>;
  /** Copies in a form and puts the picker away. */
  copyAs(account: string, input: CopyAsInput): Promise<void>;
  /** Gives the secret to GitHub as the last time, and puts the picker away. */
  pushAgain(account: string, key: string): Promise<void>;
  pin(account: string, key: string, pin: boolean): Promise<unknown>;
  hide(): Promise<void>;
  /** Shows the main window in the picker's place. */
  openMain(): Promise<void>;
  /** Calls `heard` for everything the app tells; returns how to stop. */
  listen(heard: (event: PickerEvent) => void): Promise<() => void>;
}
