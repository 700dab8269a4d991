// Finds a visible element by its role and accessible name; the last one wins, because what lies on
// top comes last. It knows the parts of the naming rules (accname 1.2) that the app uses.
const [role, wanted, how] = arguments;
const SELECTORS = {
  alert: "[role=alert]",
  button: "button, [role=button], input[type=submit]",
  checkbox: "input[type=checkbox], [role=checkbox]",
  combobox: "[role=combobox], select",
  dialog: "[role=dialog], [role=alertdialog], dialog[open]",
  grid: "[role=grid]",
  group: "fieldset, [role=group]",
  heading: "h1, h2, h3, h4, [role=heading]",
  img: "img, [role=img]",
  link: "a[href], [role=link]",
  list: "ul, ol, [role=list]",
  listitem: "li, [role=listitem]",
  menuitem: "[role=menuitem]",
  navigation: "nav, [role=navigation]",
  option: "option, [role=option]",
  radio: "input[type=radio], [role=radio]",
  region: "section[aria-label], section[aria-labelledby], [role=region]",
  row: "[role=row]",
  slider: "input[type=range], [role=slider]",
  searchbox: "input[type=search], [role=searchbox]",
  status: "[role=status], output",
  table: "table, [role=table]",
  textbox: "input:not([type]), input[type=text], input[type=email], input[type=password], input[type=url], textarea, [role=textbox]",
  timer: "[role=timer]",
};
const flat = (text) => (text ?? "").replace(/\s+/g, " ").trim();
function name(element) {
  const ids = element.getAttribute("aria-labelledby");
  if (ids) return flat(ids.split(/\s+/).map((id) => document.getElementById(id)?.textContent).join(" "));
  if (element.hasAttribute("aria-label")) return flat(element.getAttribute("aria-label"));
  if (element.labels?.length) return flat(Array.from(element.labels, (label) => label.textContent).join(" "));
  const caption = element.querySelector(":scope > legend, :scope > caption");
  if (caption) return flat(caption.textContent);
  if (element.alt) return flat(element.alt);
  const spoken = element.cloneNode(true);
  for (const part of spoken.querySelectorAll("[aria-hidden=true]")) part.remove();
  const text = spoken.textContent;
  return flat(text) || flat(element.title) || flat(element.placeholder) || flat(element.value);
}
const seen = (element) => element.getClientRects().length > 0;
const ready = (element) => how !== "ready" || (!element.disabled && element.getAttribute("aria-disabled") !== "true");
const fits = (element) => wanted === "*" || name(element) === wanted;
const found = Array.from(document.querySelectorAll(SELECTORS[role] ?? `[role=${role}]`)).filter((one) => seen(one) && fits(one) && ready(one));
if (how === "count") return found.length;
const last = found.pop();
if (!last) return null;
// What is drawn in the place of a native choice is its label.
return last.type === "radio" || last.type === "checkbox" ? (last.labels?.[0] ?? last) : last;
