/** What lies over the end of a screen, so that a screen can keep clear of it. */
export class Floor {
  /** The height of what the clipboard's bar says above itself, in pixels. */
  note = $state(0);
}
