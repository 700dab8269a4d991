import { adminFr } from "./admin.fr";
import { appsFr } from "./apps.fr";
import { clientsFr } from "./clients.fr";
import { chartsFr } from "./charts.fr";
import { clipboardFr } from "./clipboard.fr";
import { createFr } from "./create.fr";
import { formsFr } from "./forms.fr";
import { frameFr } from "./frame.fr";
import { healthFr } from "./health.fr";
import { keysFr } from "./keys.fr";
import { lockFr } from "./lock.fr";
import { passphraseFr } from "./passphrase.fr";
import { pickerFr } from "./picker.fr";
import { placesFr } from "./places.fr";
import { rotationFr } from "./rotation.fr";
import { settingsFr } from "./settings.fr";
import { startFr } from "./start.fr";
import { teamsFr } from "./teams.fr";
import { timelineFr } from "./timeline.fr";
import { usageFr } from "./usage.fr";
import { watchFr } from "./watch.fr";
import { workFr } from "./work.fr";
import type { Catalogue } from "./en";

/** French. */
export const fr: Catalogue = {
  ...adminFr,
  ...appsFr,
  ...clientsFr,
  ...chartsFr,
  ...clipboardFr,
  ...createFr,
  ...formsFr,
  ...frameFr,
  ...healthFr,
  ...keysFr,
  ...lockFr,
  ...passphraseFr,
  ...pickerFr,
  ...placesFr,
  ...rotationFr,
  ...settingsFr,
  ...startFr,
  ...teamsFr,
  ...timelineFr,
  ...usageFr,
  ...watchFr,
  ...workFr,
};
