/** What an act changes on the shelf of the device, until the server tells the lots anew. */
import type { Shelf } from "../jobs/shelf.ts";
import type { Act, ActKind, Bodies } from "../protocol.ts";

export function follow(shelf: Shelf, kind: ActKind, body: Act["body"]): void {
  switch (kind) {
    case "move": {
      const { lines, to } = body as Bodies["move"];
      for (const line of lines) shelf.moved(line.lot, line.from, to, line.quantity);
      return;
    }
    case "pack": {
      const { lines, sscc } = body as Bodies["pack"];
      for (const line of lines) shelf.moved(line.lot, line.from, sscc === "new" ? "" : sscc, line.quantity);
      return;
    }
    case "issue": {
      const { lot, from, quantity } = body as Bodies["issue"];
      shelf.moved(lot, from, "", quantity);
      return;
    }
    case "move_unit": {
      const { sscc, to } = body as Bodies["move_unit"];
      const unit = shelf.unit(sscc);
      if (unit) shelf.learnUnit({ ...unit, place: to });
      return;
    }
    case "hold": {
      const { lots, reason } = body as Bodies["hold"];
      for (const lot of lots) shelf.held(lot, reason);
      return;
    }
    default:
  }
}

/** Takes a move back that was undone before the server told of it. */
export function unfollow(shelf: Shelf, kind: ActKind, body: Act["body"]): void {
  if (kind === "move") {
    const { lines, to } = body as Bodies["move"];
    for (const line of lines) shelf.moved(line.lot, to, line.from, line.quantity);
  }
  if (kind === "issue") {
    const { lot, from, quantity } = body as Bodies["issue"];
    shelf.moved(lot, "", from, quantity);
  }
}
