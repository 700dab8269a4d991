import type { PlaceKind } from "$lib/view";

/** The words for a place have at most this many characters. */
export const LONGEST_LABEL = 200;

/** What kind of place words look like; the person can say otherwise. */
export function kindOf(label: string): PlaceKind {
  const text = label.trim();
  if (/^(~|\/|\.{1,2}\/|[A-Za-z]:\\)/.test(text)) return "folder";
  if (/^(github|gitlab|circleci|jenkins|bitbucket|azure pipelines|ci\b)/i.test(text)) return "ci";
  if (/^(\$ |docker |kubectl |fly |npm |cargo |gh |heroku |vercel )/i.test(text)) return "command";
  return "text";
}
