import type {
  CommandError,
  CourseInput,
  EvidenceView,
  KeyRowView,
  PreflightName,
  PreflightView,
  ProbeView,
  ReceiptView,
  RotateInput,
  RotationStage,
  RotationView,
  RotationWay,
  StragglerView,
} from "$lib/view";
import { FakePlaces } from "./places";
import { DAY, HOUR, mask, MINUTE, oldSecret } from "./sample";
import { refusal, type World } from "./world";

/** What is kept of one key's rotation. */
interface Kept {
  course: RotationView["course"];
  stage: RotationStage | null;
  rotatedAt: number | null;
  endedAt: number | null;
  old: RotationView["row"]["mask"] | null;
  oldRow: KeyRowView | null;
  evidence: EvidenceView[] | null;
  probe: ProbeView | null;
  quiet: number;
  straggler: StragglerView | null;
  receipts: ReceiptView[];
}

/** Rotations in memory: one per key, over every road and every kind of portal. */
export class FakeRotations {
  /** The ways the portal allows, the one to prefer first. */
  ways: RotationWay[] = ["sideBySide", "inPlace"];
  /** Whether the portal tells which secret a call carried. */
  provable = true;
  /** Checks that fail, and why. */
  readonly failing = new Map<PreflightName, CommandError>();
  readonly places: FakePlaces;
  #kept = new Map<string, Kept>();
  #numbers = 0;

  constructor(readonly world: World) {
    this.places = new FakePlaces(world);
  }

  /** What is kept of a key, to be changed by a scene. */
  kept(id: string): Kept {
    const kept = this.#kept.get(id);
    if (kept) return kept;
    const row = this.world.rows().find((one) => one.id === id);
    const fresh: Kept = {
      course: null,
      stage: null,
      rotatedAt: row?.old[0]?.from ?? null,
      endedAt: null,
      old: row?.old[0]?.mask ?? null,
      oldRow: null,
      evidence: null,
      probe: { url: "http://127.0.0.1:8427/v1/check", header: "Authorization", before: "Bearer ", own: true },
      quiet: 15 * MINUTE,
      straggler: null,
      receipts: [],
    };
    if (row && row.old.length > 0) fresh.course = { ...this.#course({ key: id, reason: "planned", way: "inPlace", longestJob: null }), openedAt: (fresh.rotatedAt ?? this.world.now()) - 2 * MINUTE };
    this.#kept.set(id, fresh);
    return fresh;
  }

  open(id: string): RotationView {
    const row = this.world.row(id);
    const kept = this.kept(id);
    const grace = row.old.length > 0;
    const stage = kept.stage ?? (grace ? "grace" : "ready");
    return {
      row,
      stage,
      course: kept.course,
      ways: this.ways,
      preflight: this.#preflight(),
      rotatedAt: kept.rotatedAt,
      places: this.places.list(id),
      evidence: stage === "grace" || stage === "ended" ? (kept.evidence ?? this.#evidence(row, stage)) : [],
      quiet: kept.quiet,
      probe: kept.probe,
      straggler: stage === "grace" ? kept.straggler : null,
      readAt: this.world.now() - 5000,
      receipt: kept.receipts[0] ?? null,
      nextDue: row.dueAt,
    };
  }

  plan(input: CourseInput): RotationView {
    const kept = this.kept(input.key);
    const course = this.#course(input);
    kept.course = kept.course && this.world.row(input.key).old.length === 0 ? { ...course, id: kept.course.id, openedAt: kept.course.openedAt } : course;
    this.world.put({ ...this.world.row(input.key), openRotation: true });
    return this.open(input.key);
  }

  rotate(input: RotateInput): RotationView {
    const row = this.world.row(input.key);
    const failed = [...this.failing.values()][0];
    if (failed) throw failed;
    if (row.old.length > 0 && !input.again)
      throw refusal("grace_running", "An old secret of this key is still accepted.", "Nothing was sent; both secrets work as before.", "Say that you know, then rotate again.");
    const kept = this.kept(input.key);
    const opened = kept.course?.openedAt ?? this.world.now();
    kept.course = { ...this.#course(input), openedAt: opened };
    kept.rotatedAt = this.world.now();
    kept.old = row.mask;
    kept.stage = null;
    kept.evidence = null;
    this.places.undeliver(input.key);
    return input.way === "sideBySide" ? this.#beside(row, kept, input) : this.#within(row, kept, input.grace);
  }

  #within(row: KeyRowView, kept: Kept, grace: number | null): RotationView {
    const policy = this.world.abilities()?.grace;
    const length = grace ?? (kept.course?.reason === "leaked" ? policy?.toDeliver : null) ?? policy?.default ?? 2 * HOUR;
    const now = this.world.now();
    const end = policy?.reported ?? true ? { known: "exact" as const, at: now + length } : { known: "unknown" as const };
    const old = { ...oldSecret(now), mask: row.mask, from: now, lastUsedAt: now - MINUTE, end };
    this.world.put({
      ...row,
      mask: mask(++this.#numbers + 700),
      copy: "ready",
      openRotation: true,
      old: [old, ...row.old],
      status: { kind: "rotating", word: null, at: now },
    });
    return this.open(row.id);
  }

  #beside(row: KeyRowView, kept: Kept, input: RotateInput): RotationView {
    const now = this.world.now();
    const id = `${row.id}_next${++this.#numbers}`;
    const of = { id: row.id, name: row.name };
    kept.course = { ...kept.course!, oldKey: of };
    kept.oldRow = row;
    this.#kept.set(id, kept);
    this.#kept.delete(row.id);
    this.places.move(row.id, id);
    this.world.replace(row.id, {
      ...row,
      id,
      name: input.successor ?? row.name,
      mask: mask(this.#numbers + 800),
      copy: "ready",
      createdAt: now,
      lastUsedAt: null,
      openRotation: true,
      old: [{ ...oldSecret(now), mask: row.mask, from: now, lastUsedAt: now - MINUTE, end: { known: "unknown" }, of }],
      status: { kind: "rotating", word: null, at: now },
    });
    return this.open(id);
  }

  endGrace(id: string, typed: string): RotationView {
    const row = this.world.row(id);
    const kept = this.kept(id);
    if (typed !== (kept.course?.oldKey?.name ?? row.name))
      throw refusal("wrong_name", "This is not the key's name.", "Nothing was changed.", "Type the name as it stands in the list.");
    return this.end(id);
  }

  /** The old secret ends, by hand or by time. */
  end(id: string): RotationView {
    const row = this.world.row(id);
    const kept = this.kept(id);
    kept.stage = "ended";
    kept.endedAt = this.world.now();
    kept.evidence = null;
    this.world.put({ ...row, old: [], status: { kind: "active", word: null, at: row.expiresAt } });
    return this.open(id);
  }

  finish(id: string): RotationView {
    const view = this.open(id);
    const kept = this.kept(id);
    const course = kept.course;
    if (!course) return view;
    const receipt: ReceiptView = {
      id: course.id,
      reason: course.reason,
      way: course.way,
      actor: "nadia@keystow.example",
      openedAt: course.openedAt,
      rotatedAt: kept.rotatedAt ?? course.openedAt,
      endedAt: kept.endedAt,
      finishedAt: this.world.now(),
      old: kept.old ?? view.row.mask,
      new: view.row.mask,
      evidence: view.evidence,
      places: view.places,
    };
    kept.receipts = [receipt, ...kept.receipts];
    kept.course = null;
    kept.stage = null;
    this.world.put({ ...view.row, openRotation: false, dueAt: view.row.dueAt ?? this.world.now() + 90 * DAY });
    return this.open(id);
  }

  forget(id: string): RotationView {
    this.kept(id).course = null;
    this.world.put({ ...this.world.row(id), openRotation: false });
    return this.open(id);
  }

  probe(id: string): RotationView {
    const kept = this.kept(id);
    const { evidence, stage } = this.open(id);
    kept.evidence = evidence.map((rung) => {
      const tried = rung.name === "newAnswers" || (rung.name === "oldRefused" && stage === "ended");
      return tried && rung.state !== "notProvable" ? { ...rung, state: "proven" as const, at: this.world.now(), readAt: this.world.now() } : rung;
    });
    return this.open(id);
  }

  setProbe(id: string, probe: ProbeView | null): RotationView {
    this.kept(id).probe = probe === null ? { url: "http://127.0.0.1:8427/v1/check", header: "Authorization", before: "Bearer ", own: true } : { ...probe, own: false };
    return this.open(id);
  }

  setQuiet(id: string, millis: number): RotationView {
    this.kept(id).quiet = millis;
    return this.open(id);
  }

  deliver(id: string, place: string, done: boolean): RotationView {
    this.places.tick(id, place, done ? { at: this.world.now(), byHand: true } : null);
    return this.open(id);
  }

  #course({ key, reason, way, longestJob }: CourseInput): NonNullable<RotationView["course"]> {
    return { id: `course_${key}`, reason, way, longestJob, openedAt: this.world.now(), oldKey: null };
  }

  #preflight(): PreflightView[] {
    const names: PreflightName[] = ["vault", "session", "clock", "alone", "elsewhere"];
    return names.map((name) => {
      const error = this.failing.get(name) ?? null;
      return { name, passed: error === null, figure: name === "clock" ? 400 : null, error };
    });
  }

  #evidence(row: KeyRowView, stage: RotationStage): EvidenceView[] {
    const now = this.world.now();
    const old = row.old[0];
    const readAt = now - 5000;
    const rotated = this.kept(row.id).rotatedAt ?? now;
    const long = now - rotated > 10 * MINUTE;
    const told = this.provable;
    return [
      { name: "newAnswers", state: "proven", calls: null, at: long ? now - 77 * MINUTE : now, readAt },
      told
        ? { name: "newUsed", state: "proven", calls: 1284, at: now - 12_000, readAt }
        : { name: "newUsed", state: "notProvable", calls: null, at: null, readAt: null },
      told
        ? { name: "oldQuiet", state: stage === "ended" ? "proven" : "notYet", calls: 9, at: old?.lastUsedAt ?? now - 20 * MINUTE, readAt }
        : { name: "oldQuiet", state: "notProvable", calls: null, at: null, readAt: null },
      { name: "oldRefused", state: stage === "ended" ? "notYet" : "later", calls: null, at: null, readAt: null },
    ];
  }
}
