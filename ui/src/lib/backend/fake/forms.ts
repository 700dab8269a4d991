import type { CopyAsInput, FirstCallView, FormKind, FormsView, FormView, ProbeView, TemplateInput } from "$lib/view";
import { refusal, type World } from "./world";

const kinds: readonly [string, FormKind, (name: string) => (string | null)[]][] = [
  ["raw", "raw", () => [null]],
  ["dotenv", "dotenv", (name) => [`${name}=`, null]],
  ["export", "export", (name) => [`export ${name}='`, null, "'"]],
  ["powershell", "powerShell", (name) => [`$env:${name} = '`, null, "'"]],
  ["curl", "curl", () => ["-H 'x-api-key: ", null, "'"]],
  ["bearer", "bearer", () => ["Authorization: Bearer ", null]],
  ["json", "json", (name) => [`{\n  "${name}": "`, null, '"\n}\n']],
  [
    "kubernetes",
    "kubernetes",
    (name) => [
      `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name.toLowerCase().replaceAll("_", "-")}\ntype: Opaque\nstringData:\n  ${name}: "`,
      null,
      '"\n',
    ],
  ],
  ["compose", "compose", (name) => [`environment:\n  ${name}: "`, null, '"\n']],
  ["terraform", "terraform", (name) => [`${name.toLowerCase()} = "`, null, '"\n']],
];

const calls: readonly [string, FormKind, (url: string) => (string | null)[]][] = [
  ["curl_call", "curlCall", (url) => [`curl '${url}' \\\n  -H 'x-api-key: `, null, "'\n"]],
  [
    "javascript_call",
    "javaScriptCall",
    (url) => [
      `const response = await fetch("${url}", {\n  headers: { "x-api-key": "`,
      null,
      '" },\n});\nconsole.log(response.status, await response.text());\n',
    ],
  ],
  [
    "python_call",
    "pythonCall",
    (url) => [
      `import urllib.request\n\nrequest = urllib.request.Request(\n    "${url}",\n    headers={"x-api-key": "`,
      null,
      '"},\n)\nwith urllib.request.urlopen(request) as response:\n    print(response.status, response.read().decode())\n',
    ],
  ],
];

/** The forms of copies and the person's templates, in memory. */
export class FakeForms {
  #habits = new Map<string, { last: string; variable: string; repository: string | null; pushedAs: string | null }>();
  #templates: { id: string; name: string; text: string }[] = [];
  #numbers = 0;

  constructor(readonly world: Pick<World, "row">) {}

  list(key: string, variable: string | null): FormsView {
    const habit = this.#habits.get(key);
    const guessed = `${this.world.row(key).name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")}_KEY`;
    const name = variable ?? habit?.variable ?? guessed;
    this.#check(name);
    const forms: FormView[] = kinds.map(([id, kind, parts]) => ({ id, kind, parts: parts(name), template: null }));
    for (const { id, ...template } of this.#templates) {
      const parts = template.text.split(/(\{\{[^}]*\}\})/).map((part) => (part.startsWith("{{secret") ? null : part === "{{name}}" ? name : part));
      forms.push({ id, kind: "template", parts: parts.filter((part) => part !== ""), template });
    }
    return { variable: name, last: habit?.last ?? "raw", repository: habit?.repository ?? null, pushedAs: habit?.pushedAs ?? null, forms };
  }

  copied(input: CopyAsInput): void {
    this.#check(input.variable);
    const before = this.#habits.get(input.key);
    this.#habits.set(input.key, { last: input.id, variable: input.variable, repository: before?.repository ?? null, pushedAs: before?.pushedAs ?? null });
  }

  save(input: TemplateInput): FormsView {
    if (!input.text.includes("{{secret"))
      throw refusal("template_no_secret", "The template has no place for the secret.", "Nothing was changed.", "Write {{secret}} where it shall stand.");
    const id = input.id ?? `t${++this.#numbers}`;
    const { name, text } = input;
    this.#templates = [...this.#templates.filter((one) => one.id !== id), { id, name, text }];
    return this.list(input.key, null);
  }

  remove(key: string, id: string): FormsView {
    this.#templates = this.#templates.filter((one) => one.id !== id);
    return this.list(key, null);
  }

  push(key: string, variable: string, repository: string): void {
    this.#check(variable);
    const last = this.#habits.get(key)?.last ?? "raw";
    this.#habits.set(key, { last, variable, repository, pushedAs: variable });
  }

  firstCall(probe: ProbeView | null): FirstCallView {
    const parts = calls.map(([id, kind, text]) => ({ id, kind, parts: text(probe?.url ?? ""), template: null }));
    return { probe, calls: probe ? parts : [] };
  }

  #check(name: string): void {
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw refusal("bad_variable", "A variable cannot be called that.", "Nothing was copied.", "Use letters from A to Z, digits and underscores, and begin with no digit.");
  }
}
