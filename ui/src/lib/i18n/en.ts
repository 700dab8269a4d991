import type { Said } from "./catalogue";
import { adminEn } from "./admin.en";
import { appsEn } from "./apps.en";
import { clientsEn } from "./clients.en";
import { chartsEn } from "./charts.en";
import { clipboardEn } from "./clipboard.en";
import { createEn } from "./create.en";
import { formsEn } from "./forms.en";
import { frameEn } from "./frame.en";
import { healthEn } from "./health.en";
import { keysEn } from "./keys.en";
import { lockEn } from "./lock.en";
import { passphraseEn } from "./passphrase.en";
import { pickerEn } from "./picker.en";
import { placesEn } from "./places.en";
import { rotationEn } from "./rotation.en";
import { settingsEn } from "./settings.en";
import { startEn } from "./start.en";
import { teamsEn } from "./teams.en";
import { timelineEn } from "./timeline.en";
import { usageEn } from "./usage.en";
import { watchEn } from "./watch.en";
import { workEn } from "./work.en";

export type { Plural } from "./catalogue";

/** The English catalogue, and with it the list of everything the window says. Each area has a file of its own. */
export const en = {
  ...adminEn,
  ...appsEn,
  ...clientsEn,
  ...chartsEn,
  ...clipboardEn,
  ...createEn,
  ...formsEn,
  ...frameEn,
  ...healthEn,
  ...keysEn,
  ...lockEn,
  ...passphraseEn,
  ...pickerEn,
  ...placesEn,
  ...rotationEn,
  ...settingsEn,
  ...startEn,
  ...teamsEn,
  ...timelineEn,
  ...usageEn,
  ...watchEn,
  ...workEn,
};

/** The name of something the window says. */
export type MessageKey = keyof typeof en;

/** A catalogue has every message, with plural forms where English has them. */
export type Catalogue = Said<typeof en>;
