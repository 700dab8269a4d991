import type { Backend } from "$lib/backend";
import type { SuggestionView } from "$lib/view";

/** What a field holds after a suggestion was taken. */
export interface Taken {
  text: string;
  caret: number;
  /** Whether a value is wanted next. */
  goesOn: boolean;
}

/** Where the word that begins at `from` ends, at the caret or after it. A space between quotes ends none. */
function wordEnd(text: string, from: number, caret: number): number {
  let quoted = false;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '"') quoted = !quoted;
    else if (at >= caret && !quoted && /\s/.test(text[at]!)) return at;
  }
  if (!quoted) return text.length;
  // Quotes that nobody closed reach no farther than the word, or they would take other filters with them.
  const space = text.slice(caret).search(/\s/);
  return space < 0 ? text.length : caret + space;
}

/** What can be typed next in a search. A suggestion is taken by the person and never by itself. */
export class Completions {
  suggestions = $state.raw<readonly SuggestionView[]>([]);
  /** The place of the suggestion that the keys would take; −1 for none. */
  active = $state(-1);
  #from = 0;
  #turn = 0;

  constructor(readonly backend: Backend) {}

  readonly open = $derived(this.suggestions.length > 0);

  /** Asks what can stand at the end of a text; `all` also where nothing is begun. */
  async ask(typed: string, all = false): Promise<void> {
    const turn = ++this.#turn;
    try {
      const { from, suggestions } = await this.backend.keys.complete(typed.slice(0, 200), all);
      if (turn !== this.#turn) return;
      this.#from = from;
      this.suggestions = suggestions;
      this.active = -1;
    } catch {
      // A search works without suggestions.
      if (turn === this.#turn) this.close();
    }
  }

  close(): void {
    this.#turn += 1;
    this.suggestions = [];
    this.active = -1;
  }

  /** Goes to the next suggestion or the one before, around both ends and past none of them. */
  move(by: 1 | -1): void {
    const count = this.suggestions.length + 1;
    this.active = ((this.active + 1 + by + count) % count) - 1;
  }

  /** Puts a suggestion in the place of what was begun before the caret. */
  take(place: number, text: string, caret: number): Taken | null {
    const one = this.suggestions[place];
    if (!one) return null;
    const goesOn = one.text.endsWith(":");
    const rest = text.slice(wordEnd(text, this.#from, caret)).trimStart();
    const put = text.slice(0, this.#from) + one.text + (goesOn ? "" : " ");
    this.close();
    return { text: put + rest, caret: put.length, goesOn };
  }
}
