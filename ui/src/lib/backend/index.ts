import type {
  AlertInput,
  AlertsView,
  AppDetailsView,
  AppFiguresView,
  AppInput,
  AppsView,
  AppView,
  AuditEntryView,
  AuditView,
  BillView,
  BulkInput,
  BulkView,
  CallView,
  CheckView,
  ClientInput,
  ClipboardView,
  ClockView,
  CompletionView,
  ConnectInput,
  CopyAsInput,
  DeletedAppView,
  FirstCallView,
  CourseInput,
  FileImportView,
  FirstView,
  FormsView,
  HealthForm,
  HealthInput,
  HealthPageView,
  ImportView,
  KeyDetailsView,
  KeyPageView,
  KeyQuery,
  KeyRowView,
  NewClientInput,
  NewKeyInput,
  PictureWords,
  PlaceInput,
  PlaceView,
  PortalLogView,
  ProbeView,
  QuotaView,
  ReportForm,
  ReportInput,
  ReportView,
  RevokedView,
  RotateInput,
  RotationView,
  SavedView,
  ScheduleInput,
  ScheduleView,
  SettingsView,
  SignInView,
  StowedView,
  SuspendInput,
  SuspensionInput,
  SuspensionPreviewView,
  SuspensionView,
  SweepInput,
  SweepView,
  TemplateInput,
  UsageFormat,
  UsageInput,
  UsageView,
  WindowEvent,
} from "$lib/view";
import type { TeamsBackend } from "./teams";

/**
 * Everything the window can ask of the app.
 *
 * No call takes or returns a secret: the window holds names, prefixes and states. Every promise is
 * rejected with a `CommandError` and with nothing else.
 */
export interface Backend {
  /** What the app said before it was asked, for the first picture; it is told once. */
  first(): FirstView | null;
  app: {
    status(): Promise<AppView>;
    checks(): Promise<CheckView[]>;
    dismiss(id: string): Promise<void>;
    saveSettings(settings: SettingsView): Promise<AppView>;
    /** How far the portal's clock is from this computer's, asked again after a jump of the latter. */
    clock(): Promise<ClockView>;
  };
  accounts: {
    /** Signs in to the portal inside the app. */
    start(): Promise<SignInView>;
    connect(input: ConnectInput): Promise<SignInView>;
    signIn(account: string): Promise<SignInView>;
    /** Hands over the address the browser ended at. */
    paste(address: string): Promise<void>;
    cancel(): Promise<void>;
    openBrowser(): Promise<void>;
    copyLink(): Promise<void>;
    /** `insist` signs out although something of the account is unfinished. */
    signOut(account: string, insist: boolean): Promise<AppView>;
    switchTo(account: string): Promise<AppView>;
    lock(): Promise<AppView>;
    unlock(): Promise<AppView>;
  };
  keys: {
    list(query: KeyQuery): Promise<KeyPageView>;
    /** What can be typed next; `all` also suggests every key of the language where nothing is begun. */
    complete(typed: string, all: boolean): Promise<CompletionView>;
    /** Asks the portal again; the news comes as an event. */
    refresh(): Promise<void>;
    /** Stops reading the list; what was read stays. */
    stopReading(): Promise<void>;
    /** Goes on with a reading that was cut off. */
    readRest(): Promise<void>;
    details(key: string): Promise<KeyDetailsView>;
    create(input: NewKeyInput): Promise<StowedView>;
    rename(key: string, name: string): Promise<KeyRowView>;
    /** `ofMany` where nobody was asked which of two keys in one row ends; such a row is refused then. */
    revoke(key: string, typed: string, ofMany?: boolean): Promise<RevokedView>;
    /** Deletes the secrets of a dead key from this device. */
    deleteSecret(key: string): Promise<KeyRowView>;
    copy(key: string, old: boolean): Promise<ClipboardView>;
    copyPrefix(key: string): Promise<void>;
    /** The picker shows a pinned key before the others. */
    pin(account: string, key: string, pin: boolean): Promise<AppView>;
    clearClipboard(): Promise<ClipboardView>;
    keepLonger(): Promise<ClipboardView>;
    /** Takes the secret of a key from the clipboard into the vault. */
    importSecret(key: string): Promise<ImportView>;
    /** The same from a file that the person chooses in a dialog of the desktop; from one variable of the file chosen last, if one is named. */
    importFile(key: string, title: string, variable: string | null): Promise<FileImportView>;
  };
  lock: {
    /** Somebody uses the window; asked where the desktop does not tell of hands on the keyboard. */
    used(): Promise<void>;
    /** Somebody says once more that the secret of a production key is wanted: it is given once. */
    allow(key: string): Promise<void>;
    /** Has the app ask for a new passphrase, outside of the window. It opens the vault from then on. */
    setPassphrase(): Promise<AppView>;
    /** The same for who knows the one before. */
    changePassphrase(): Promise<AppView>;
    /** Lets the keyring open the vault again, for who knows the passphrase. */
    useKeyring(): Promise<AppView>;
  };
  forms: {
    /** The forms of a key, with this name of the variable or the one that is remembered or guessed. */
    list(key: string, variable: string | null): Promise<FormsView>;
    copy(input: CopyAsInput): Promise<ClipboardView>;
    saveTemplate(input: TemplateInput): Promise<FormsView>;
    removeTemplate(key: string, id: string): Promise<FormsView>;
    /** Gives the secret to GitHub Actions through GitHub's own program. */
    push(key: string, variable: string, repository: string): Promise<void>;
    /** How the key is called for the first time. */
    firstCall(key: string): Promise<FirstCallView>;
    /** Makes that call with the current secret. */
    tryCall(key: string): Promise<CallView>;
  };
  rotation: {
    open(key: string): Promise<RotationView>;
    /** Keeps what was chosen before the call, so that a closed wizard opens where it was. */
    plan(input: CourseInput): Promise<RotationView>;
    rotate(input: RotateInput): Promise<RotationView>;
    /** Ends the old secret now; where it belongs to a key of its own, revokes that key. */
    endGrace(key: string, typed: string): Promise<RotationView>;
    /** Closes the rotation and writes its receipt. */
    finish(key: string): Promise<RotationView>;
    /** Drops what was chosen before the call went out. */
    forget(key: string): Promise<RotationView>;
    /** Tries the secrets: the new one must answer and, after its end, the old one be refused. */
    probe(key: string): Promise<RotationView>;
    /** How a secret is tried from now on; nothing means the portal's own check. */
    setProbe(key: string, probe: ProbeView | null): Promise<RotationView>;
    /** How long the old secret must be unused to count as quiet, in milliseconds. */
    setQuiet(key: string, millis: number): Promise<RotationView>;
  };
  places: {
    list(key: string): Promise<PlaceView[]>;
    add(input: PlaceInput): Promise<PlaceView[]>;
    remove(key: string, place: string): Promise<PlaceView[]>;
    /** The person does not want to say where a copy went; it is not asked again for this key. */
    waveAway(key: string): Promise<void>;
    /** Ticks or unticks a place of the open rotation by hand. */
    deliver(key: string, place: string, done: boolean): Promise<RotationView>;
    /** Starts to search this computer for the old secret; how it goes arrives as events. */
    sweep(input: SweepInput): Promise<SweepView>;
    sweepStatus(): Promise<SweepView | null>;
    sweepCancel(): Promise<void>;
  };
  apps: {
    /** The developer apps as they were last told; nothing is asked of the portal. */
    list(): Promise<AppsView>;
    /** Asks the portal for apps, products, the queue, and the role of whoever is signed in. */
    refresh(): Promise<AppsView>;
    details(app: string): Promise<AppDetailsView>;
    /** What an app was used for in the last thirty days. */
    figures(app: string): Promise<AppFiguresView>;
    create(input: AppInput): Promise<AppDetailsView>;
    change(app: string, input: AppInput): Promise<AppDetailsView>;
    /** Deletes an app and its keys for good, after the person typed its name. */
    delete(app: string, typed: string): Promise<DeletedAppView>;
    approve(subscription: string): Promise<AppsView>;
    reject(subscription: string, reason: string): Promise<AppsView>;
  };
  teams: TeamsBackend;
  clients: {
    /** The OAuth clients that were not deleted, by name; nothing is asked of the portal. */
    list(): Promise<KeyRowView[]>;
    create(input: NewClientInput): Promise<StowedView>;
    change(client: string, input: ClientInput): Promise<KeyRowView>;
  };
  bill: {
    /** The bill of this month, or of so many months before it. */
    show(monthsBack: number): Promise<BillView>;
    export(monthsBack: number, form: HealthForm): Promise<SavedView>;
  };
  admin: {
    /** What a suspension would hit; nothing is changed. */
    preview(input: SuspensionInput): Promise<SuspensionPreviewView>;
    /** Begins a suspension of exactly what was previewed; it goes on when it is asked to. */
    suspend(input: SuspendInput): Promise<SuspensionView>;
    suspensions(): Promise<SuspensionView[]>;
    /** Suspends the next of it. */
    goOn(suspension: string): Promise<SuspensionView>;
    /** Resumes the next of it; what waits for its turn is left. */
    resume(suspension: string): Promise<SuspensionView>;
    /** A page of a report, from its start or from where the last page ended. */
    report(input: ReportInput, page: string | null): Promise<ReportView>;
    /** Saves a whole report, or everything that is known of the apps. */
    export(input: ReportInput, form: ReportForm): Promise<SavedView>;
  };
  bulk: {
    plan(input: BulkInput): Promise<BulkView>;
    start(id: string): Promise<BulkView>;
    pause(id: string): Promise<BulkView>;
    /** Ends it: what was begun is finished, the rest keeps its secret. */
    halt(id: string): Promise<BulkView>;
    /** The run that is open, if one is. */
    show(): Promise<BulkView | null>;
    export(id: string): Promise<SavedView>;
    /** Puts the report of an ended run away. */
    dismiss(id: string): Promise<void>;
  };
  schedules: {
    list(): Promise<ScheduleView[]>;
    save(input: ScheduleInput): Promise<ScheduleView[]>;
    remove(id: string): Promise<ScheduleView[]>;
    /** Lets the reminder for a key rest until an instant. */
    snooze(key: string, until: number): Promise<void>;
    exportCalendar(): Promise<SavedView>;
  };
  health: {
    list(input: HealthInput): Promise<HealthPageView>;
    /** Puts what is wrong with keys off until an instant of the portal; nothing takes it back. */
    snooze(keys: string[], until: number | null): Promise<void>;
    saveRules(unusedDays: number, rotateDays: number): Promise<void>;
    export(input: HealthInput, form: HealthForm): Promise<SavedView>;
  };
  audit: {
    list(offset: number, limit: number): Promise<AuditView>;
    export(): Promise<SavedView>;
    /** Entries of the log kept here before a number, about one key alone if it is given. */
    here(key: string | null, before: number | null, limit: number): Promise<AuditEntryView[]>;
    /** A page of the portal's log, about one key or app alone if it is given; nothing where it keeps none. */
    portal(target: string | null, page: string | null): Promise<PortalLogView | null>;
  };
  watch: {
    /** What may still be used; nothing where the portal tells no quota. */
    quota(key: string | null): Promise<QuotaView | null>;
    alerts(key: string | null): Promise<AlertsView>;
    save(input: AlertInput): Promise<void>;
  };
  usage: {
    show(input: UsageInput): Promise<UsageView>;
    /** Saves what is shown: its numbers, or the picture with its words. */
    export(input: UsageInput, format: UsageFormat, words: PictureWords): Promise<SavedView>;
    /** The picture with its words, as the address of an image. */
    picture(input: UsageInput, words: PictureWords): Promise<string>;
    /** Saves the pixels of that picture, a PNG in base64. */
    savePicture(png: string): Promise<SavedView>;
  };
  /** Calls `heard` for everything the app tells; returns how to stop. */
  listen(heard: (event: WindowEvent) => void): Promise<() => void>;
}
