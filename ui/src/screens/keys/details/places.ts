import Folder from "@lucide/svelte/icons/folder";
import MapPin from "@lucide/svelte/icons/map-pin";
import Terminal from "@lucide/svelte/icons/terminal";
import Workflow from "@lucide/svelte/icons/workflow";
import type { PlaceKind } from "$lib/view";

/** The kinds of places, the plainest first. */
export const placeKinds = ["text", "folder", "command", "ci"] as const satisfies PlaceKind[];

/** A shape for each of them. */
export const placeIcons: Record<PlaceKind, typeof MapPin> = { text: MapPin, folder: Folder, command: Terminal, ci: Workflow };
