import { adminAr } from "./admin.ar";
import { appsAr } from "./apps.ar";
import { clientsAr } from "./clients.ar";
import { chartsAr } from "./charts.ar";
import { clipboardAr } from "./clipboard.ar";
import { createAr } from "./create.ar";
import { formsAr } from "./forms.ar";
import { frameAr } from "./frame.ar";
import { healthAr } from "./health.ar";
import { keysAr } from "./keys.ar";
import { lockAr } from "./lock.ar";
import { passphraseAr } from "./passphrase.ar";
import { pickerAr } from "./picker.ar";
import { placesAr } from "./places.ar";
import { rotationAr } from "./rotation.ar";
import { settingsAr } from "./settings.ar";
import { startAr } from "./start.ar";
import { teamsAr } from "./teams.ar";
import { timelineAr } from "./timeline.ar";
import { usageAr } from "./usage.ar";
import { watchAr } from "./watch.ar";
import { workAr } from "./work.ar";
import type { Catalogue } from "./en";

/** Arabic. Two has a form of its own; digits stay Latin beside identifiers and times. */
export const ar: Catalogue = {
  ...adminAr,
  ...appsAr,
  ...clientsAr,
  ...chartsAr,
  ...clipboardAr,
  ...createAr,
  ...formsAr,
  ...frameAr,
  ...healthAr,
  ...keysAr,
  ...lockAr,
  ...passphraseAr,
  ...pickerAr,
  ...placesAr,
  ...rotationAr,
  ...settingsAr,
  ...startAr,
  ...teamsAr,
  ...timelineAr,
  ...usageAr,
  ...watchAr,
  ...workAr,
};
