import type {
  AppView,
  CheckView,
  ClipboardView,
  ConnectInput,
  KeyDetailsView,
  KeyPageView,
  KeyQuery,
  KeyRowView,
  NewKeyInput,
  RevokedView,
  RotateInput,
  RotationView,
  SettingsView,
  SignInView,
  StowedView,
  UsageInput,
  UsageView,
  WindowEvent,
} from "$lib/view";

/**
 * Everything the window can ask of the app.
 *
 * No call takes or returns a secret: the window holds names, prefixes and states. Every promise is
 * rejected with a `CommandError` and with nothing else.
 */
export interface Backend {
  app: {
    status(): Promise<AppView>;
    checks(): Promise<CheckView[]>;
    dismiss(id: string): Promise<void>;
    saveSettings(settings: SettingsView): Promise<AppView>;
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
    signOut(account: string): Promise<AppView>;
    switchTo(account: string): Promise<AppView>;
    lock(): Promise<AppView>;
    unlock(): Promise<AppView>;
  };
  keys: {
    list(query: KeyQuery): Promise<KeyPageView>;
    /** Asks the portal again; the news comes as an event. */
    refresh(): Promise<void>;
    details(key: string): Promise<KeyDetailsView>;
    create(input: NewKeyInput): Promise<StowedView>;
    rename(key: string, name: string): Promise<KeyRowView>;
    revoke(key: string, typed: string): Promise<RevokedView>;
    copy(key: string, old: boolean): Promise<ClipboardView>;
    copyPrefix(key: string): Promise<void>;
    clearClipboard(): Promise<ClipboardView>;
    keepLonger(): Promise<ClipboardView>;
  };
  rotation: {
    open(key: string): Promise<RotationView>;
    rotate(input: RotateInput): Promise<RotationView>;
    endGrace(key: string, typed: string): Promise<RotationView>;
    /** Tries the new secret at the portal's own check. */
    probe(key: string): Promise<RotationView>;
  };
  usage: {
    show(input: UsageInput): Promise<UsageView>;
  };
  /** Calls `heard` for everything the app tells; returns how to stop. */
  listen(heard: (event: WindowEvent) => void): Promise<() => void>;
}
