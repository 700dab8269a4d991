import { createContext } from "svelte";
import type { I18n } from "./i18n/index.svelte";

/** The words of a window, for parts that need nothing else and stand in more than one. */
export const [useWords, setWords] = createContext<I18n>();
