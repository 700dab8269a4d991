import { listen } from "@tauri-apps/api/event";
import type { FirstView, WindowEvent } from "$lib/view";
import { call, LONG_PATIENCE, PERSON_PATIENCE } from "./call";
import type { Backend } from "./index";

/** The app behind the window. */
export const backend: Backend = {
  first() {
    const place = globalThis as { keystowFirst?: FirstView | null };
    const first = place.keystowFirst ?? null;
    place.keystowFirst = null;
    return first;
  },
  app: {
    status: () => call("keystow|status"),
    // The keyring may put up a prompt, and the portal may still be starting.
    checks: () => call("keystow|checks", {}, LONG_PATIENCE),
    dismiss: (id) => call("keystow|dismiss", { id }),
    saveSettings: (settings) => call("keystow|save_settings", { settings }),
    clock: () => call("keystow|clock"),
  },
  accounts: {
    start: () => call("accounts|start"),
    connect: (input) => call("accounts|connect", { input }),
    signIn: (account) => call("accounts|sign_in", { account }),
    paste: (address) => call("accounts|paste", { address }),
    cancel: () => call("accounts|cancel"),
    openBrowser: () => call("accounts|open_browser"),
    copyLink: () => call("accounts|copy_link"),
    signOut: (account, insist) => call("accounts|sign_out", { account, insist }),
    switchTo: (account) => call("accounts|switch", { account }),
    lock: () => call("accounts|lock"),
    // The keyring may put up a prompt, and a person may take their time with it.
    unlock: () => call("accounts|unlock", {}, PERSON_PATIENCE),
  },
  lock: {
    used: () => call("lock|used"),
    allow: (key) => call("lock|allow", { key }, PERSON_PATIENCE),
    setPassphrase: () => call("lock|set_passphrase", {}, PERSON_PATIENCE),
    changePassphrase: () => call("lock|change_passphrase", {}, PERSON_PATIENCE),
    useKeyring: () => call("lock|use_keyring", {}, PERSON_PATIENCE),
  },
  keys: {
    list: (query) => call("keys|list", { query }),
    complete: (typed, all) => call("keys|complete", { typed, all }),
    refresh: () => call("keys|refresh"),
    stopReading: () => call("keys|stop_reading"),
    readRest: () => call("keys|read_rest"),
    details: (key) => call("keys|details", { key }),
    create: (input) => call("keys|create", { input }, LONG_PATIENCE),
    rename: (key, name) => call("keys|rename", { key, name }),
    revoke: (key, typed, ofMany = false) => call("keys|revoke", { key, typed, ofMany }, LONG_PATIENCE),
    deleteSecret: (key) => call("keys|delete_secret", { key }),
    copy: (key, old) => call("keys|copy", { key, old }),
    copyPrefix: (key) => call("keys|copy_prefix", { key }),
    pin: (account, key, pin) => call("picker|pin", { account, key, pin }),
    clearClipboard: () => call("keys|clear_clipboard"),
    keepLonger: () => call("keys|keep_longer"),
    importFile: (key, title, variable) => call("keys|import_file", { key, title, variable }, PERSON_PATIENCE),
    importSecret: (key) => call("keys|import", { key }, LONG_PATIENCE),
  },
  forms: {
    list: (key, variable) => call("forms|list", { key, variable }),
    copy: (input) => call("forms|copy", { input }),
    saveTemplate: (input) => call("forms|save_template", { input }),
    removeTemplate: (key, id) => call("forms|remove_template", { key, id }),
    // Another program talks to GitHub meanwhile.
    push: (key, variable, repository) => call("forms|push", { key, variable, repository }, LONG_PATIENCE),
    firstCall: (key) => call("forms|first_call", { key }),
    tryCall: (key) => call("forms|try_call", { key }, LONG_PATIENCE),
  },
  rotation: {
    open: (key) => call("rotation|open", { key }),
    plan: (input) => call("rotation|plan", { input }),
    rotate: (input) => call("rotation|rotate", { input }, LONG_PATIENCE),
    endGrace: (key, typed) => call("rotation|end_grace", { key, typed }, LONG_PATIENCE),
    // The old secret may be tried once more.
    finish: (key) => call("rotation|finish", { key }, LONG_PATIENCE),
    forget: (key) => call("rotation|forget", { key }),
    probe: (key) => call("rotation|probe", { key }),
    setProbe: (key, probe) => call("rotation|set_probe", { key, probe }),
    setQuiet: (key, millis) => call("rotation|set_quiet", { key, millis }),
  },
  places: {
    list: (key) => call("places|list", { key }),
    add: (input) => call("places|add", { input }),
    remove: (key, place) => call("places|remove", { key, place }),
    waveAway: (key) => call("places|wave_away", { key }),
    deliver: (key, place, done) => call("places|deliver", { key, place, done }),
    sweep: (input) => call("places|sweep", { input }),
    sweepStatus: () => call("places|sweep_status"),
    sweepCancel: () => call("places|sweep_cancel"),
  },
  apps: {
    list: () => call("apps|list"),
    refresh: () => call("apps|refresh"),
    details: (app) => call("apps|details", { app }),
    figures: (app) => call("apps|figures", { app }),
    create: (input) => call("apps|create", { input }),
    change: (app, input) => call("apps|change", { app, input }),
    delete: (app, typed) => call("apps|delete", { app, typed }),
    approve: (subscription) => call("apps|approve", { subscription }),
    reject: (subscription, reason) => call("apps|reject", { subscription, reason }),
  },
  teams: {
    list: () => call("teams|list"),
    refresh: () => call("teams|refresh"),
    details: (team) => call("teams|details", { team }),
    read: (team) => call("teams|read", { team }),
    create: (name) => call("teams|create", { name }),
    rename: (team, name) => call("teams|rename", { team, name }),
    delete: (team, typed) => call("teams|delete", { team, typed }),
    invite: (input) => call("teams|invite", { input }),
    withdraw: (team, invitation) => call("teams|withdraw", { team, invitation }),
    setRole: (team, member, given) => call("teams|set_role", { team, member, given }),
    remove: (team, member) => call("teams|remove", { team, member }),
    leave: (team) => call("teams|leave", { team }),
    handOver: (team, member, typed) => call("teams|hand_over", { team, member, typed }),
  },
  clients: {
    list: () => call("clients|list"),
    create: (input) => call("clients|create", { input }),
    change: (client, input) => call("clients|change", { client, input }),
  },
  bill: {
    show: (monthsBack) => call("bill|show", { monthsBack }),
    export: (monthsBack, form) => call("bill|export", { monthsBack, form }),
  },
  admin: {
    preview: (input) => call("admin|preview", { input }),
    suspend: (input) => call("admin|suspend", { input }),
    suspensions: () => call("admin|suspensions"),
    goOn: (suspension) => call("admin|go_on", { suspension }),
    resume: (suspension) => call("admin|resume", { suspension }),
    report: (input, page) => call("admin|report", { input, page }),
    export: (input, form) => call("admin|export", { input, form }),
  },
  bulk: {
    plan: (input) => call("bulk|plan", { input }),
    start: (id) => call("bulk|start", { id }),
    pause: (id) => call("bulk|pause", { id }),
    halt: (id) => call("bulk|halt", { id }),
    show: () => call("bulk|show"),
    export: (id) => call("bulk|export", { id }),
    dismiss: (id) => call("bulk|dismiss", { id }),
  },
  schedules: {
    list: () => call("schedules|list"),
    save: (input) => call("schedules|save", { input }),
    remove: (id) => call("schedules|remove", { id }),
    snooze: (key, until) => call("schedules|snooze", { key, until }),
    exportCalendar: () => call("schedules|export_calendar"),
  },
  health: {
    list: (input) => call("health|list", { input }),
    snooze: (keys, until) => call("health|snooze", { keys, until }),
    saveRules: (unusedDays, rotateDays) => call("health|save_rules", { unusedDays, rotateDays }),
    export: (input, form) => call("health|export", { input, form }),
  },
  audit: {
    list: (offset, limit) => call("audit|list", { offset, limit }),
    export: () => call("audit|export"),
    here: (key, before, limit) => call("audit|here", { key, before, limit }),
    portal: (target, page) => call("audit|portal", { target, page }),
  },
  watch: {
    quota: (key) => call("watch|quota", { key }),
    alerts: (key) => call("watch|alerts", { key }),
    save: (input) => call("watch|save", { input }),
  },
  usage: {
    show: (input) => call("usage|show", { input }),
    export: (input, format, words) => call("usage|export", { input, format, words }),
    picture: (input, words) => call("usage|picture", { input, words }),
    savePicture: (png) => call("usage|save_picture", { png }),
  },
  listen: (heard) => listen<WindowEvent>("keystow", (event) => heard(event.payload)),
};
