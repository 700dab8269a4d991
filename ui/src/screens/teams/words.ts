import type { MemberView } from "$lib/view";

/** How a member is called where one word must do: by the address, which nobody else has. */
export function called(member: MemberView): string {
  return member.email ?? member.name ?? member.id;
}
