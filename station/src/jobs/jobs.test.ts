/** The loops, without a screen: what a scan does, how many it takes, and what stops. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CountJob, Lot, LoadJob, PickJob, PickLine, ProduceJob, PutAwayJob, ReceiveJob } from "../protocol.ts";
import { book, GTIN, Hand, lot, meaningOf, world } from "./cast.ts";
import { loop as count } from "./count.ts";
import { loop as load } from "./load.ts";
import { loop as move } from "./move.ts";
import { opened } from "./openings.ts";
import { loop as pack } from "./pack.ts";
import { loop as pick } from "./pick.ts";
import { loop as produce } from "./produce.ts";
import { loop as putAway } from "./put_away.ts";
import { loop as receive } from "./receive.ts";
import { Shelf, statusOn } from "./shelf.ts";

const GS = "\u001d";
const PALLET = "340123456789012340";
const OTHER_PALLET = "340123456789012357";
const head = { id: "job-1", number: "DN-7", title: "Tumbling River", due: null, done: 0, of: 1 };

const delivery = (more: Partial<ReceiveJob> = {}): ReceiveJob => ({
  ...head, kind: "receive", document: "order", partner: "Tumbling River", place: "DOCK", units: [],
  lines: [{ item: "RM-TOMATO", lot: "", expires_on: null, expected: "60", got: "0", unit: "kg" }], ...more,
});

// --- Receive ------------------------------------------------------------------------------------------

test("a labelled pallet with lot and expiry is received by two scans", () => {
  const rita = new Hand(receive, delivery(), world());
  rita.scan(`]C101${GTIN.tomatoes}1727030910TOM-1${GS}3103060000`).scan("A-01");
  assert.equal(rita.scans, 2);
  assert.deepEqual(rita.bodies(), [{
    document: "order", id: "job-1", place: "A-01", supplier: "", delivery_note: "", temperature: "",
    lines: [{ item: "RM-TOMATO", lot: "TOM-1", quantity: "60", unit: "kg", expires_on: "2027-03-09" }],
  }]);
});

test("an announced pallet is received by one scan, and not twice", () => {
  const units = [{ sscc: PALLET, received: false, lines: delivery().lines }];
  const rita = new Hand(receive, delivery({ document: "notice", units }), world());
  rita.scan(`]C100${PALLET}`);
  assert.deepEqual(rita.bodies(), [{ sscc: PALLET, notice: "job-1", place: "DOCK", temperature: "" }]);
  assert.match(rita.scan(`]C100${PALLET}`).told, /^ask: .*already/);
  assert.match(rita.scan(`]C100${OTHER_PALLET}`).told, /^wrong: .*not announced/);
  assert.equal(rita.orders.length, 1);
});

test("what the label does not say is asked, one thing after the other", () => {
  const here = world();
  const tomatoes = here.shelf.item("RM-TOMATO");
  assert.ok(tomatoes);
  tomatoes.needs = ["expires_on", "country"];
  const rita = new Hand(receive, delivery(), here).scan(`]C101${GTIN.tomatoes}`);
  assert.equal(rita.view.ask?.field, "lot");
  rita.give({ do: "answer", field: "lot", value: "TOM-9" });
  assert.equal(rita.view.ask?.kind, "day");
  rita.give({ do: "answer", field: "expires_on", value: "2027-04-01" });
  assert.equal(rita.view.ask?.field, "country");
  assert.match(rita.scan("A-01").told, /missing/);
  rita.give({ do: "answer", field: "country", value: "ES" }).scan("A-01");
  assert.equal(rita.orders.length, 1);
  assert.deepEqual(rita.orders[0]?.kind === "receive" ? rita.orders[0].body.lines[0] : null, {
    item: "RM-TOMATO", lot: "TOM-9", quantity: "60", unit: "kg", expires_on: "2027-04-01", country: "ES",
  });
});

test("another item, expired goods, and goods that are not as announced do not slip in", () => {
  const lines = [{ item: "RM-TOMATO", lot: "TOM-1", expires_on: "2027-03-09", expected: "60", got: "0", unit: "kg" }];
  const rita = new Hand(receive, delivery({ document: "notice", lines }), world());
  assert.match(rita.scan(`]C101${GTIN.sauce}10S-1`).told, /^wrong: Not expected: Marinara/);
  assert.match(rita.scan(`]C101${GTIN.tomatoes}17270228` + "10TOM-1").told, /^wrong: Expired since 28 FEB 2027/);
  assert.match(rita.scan(`]C101${GTIN.tomatoes}10TOM-2`).told, /^ask: Lot TOM-2 is not announced/);
  assert.match(rita.scan("A-01").told, /^ask/);
  assert.equal(rita.orders.length, 0);
  rita.press("sure");
  assert.equal(rita.orders.length, 1);
});

// --- Put away and move --------------------------------------------------------------------------------

test("putting away is two scans, and other goods are stopped", () => {
  const tom = lot("RM-TOMATO", "TOM-1", "2027-03-09", { DOCK: "60" });
  const other = lot("RM-TOMATO", "TOM-2", "2027-03-09", { "A-02": "5" });
  const job: PutAwayJob = { ...head, kind: "put_away", place: "DOCK", lines: [{ lot: tom.id, sscc: null, quantity: "60", unit: "kg", to: "A-01", why: "The item lies there" }] };
  const otto = new Hand(putAway, job, world([tom, other]));
  assert.match(otto.scan("TOM-2").told, /^wrong/);
  otto.scans = 0;
  otto.scan("TOM-1").scan("A-01");
  assert.equal(otto.scans, 2);
  assert.deepEqual(otto.bodies(), [{ lines: [{ lot: tom.id, quantity: "60", unit: "kg", from: "DOCK" }], to: "A-01" }]);
});

test("a quarantine place is asked about before goods for use go there", () => {
  const tom = lot("RM-TOMATO", "TOM-1", null, { DOCK: "60" });
  const job: PutAwayJob = { ...head, kind: "put_away", place: "DOCK", lines: [{ lot: tom.id, sscc: null, quantity: "60", unit: "kg", to: "", why: "" }] };
  const otto = new Hand(putAway, job, world([tom])).scan("TOM-1").scan("QUAR");
  assert.equal(otto.orders.length, 0);
  otto.scan("QUAR");
  assert.equal(otto.orders.length, 1);
});

test("moving is two scans; from several places the place is asked", () => {
  const tom = lot("RM-TOMATO", "TOM-1", null, { DOCK: "60", "A-01": "5" });
  const pap = lot("RM-PAPRIKA", "PAP-1", null, { "A-02": "2" });
  const otto = new Hand(move, {}, world([tom, pap])).scan("PAP-1").scan("A-01");
  assert.deepEqual(otto.bodies(), [{ lines: [{ lot: pap.id, quantity: "2", unit: "kg", from: "A-02" }], to: "A-01" }]);
  assert.match(otto.scan("TOM-1").told, /^ask: Where/);
  otto.scan("DOCK").give({ do: "quantity", quantity: "70" });
  assert.match(otto.told, /^wrong: Only 60 kg/);
  otto.give({ do: "quantity", quantity: "12.5" }).scan("A-02");
  assert.deepEqual(otto.bodies()[1], { lines: [{ lot: tom.id, quantity: "12.5", unit: "kg", from: "DOCK" }], to: "A-02" });
  otto.scan(`]C100${PALLET}`).scan("A-01");
  assert.deepEqual(otto.bodies()[2], { sscc: PALLET, to: "A-01" });
});

test("an expired lot may be lifted, and says what it is", () => {
  const old = lot("RM-TOMATO", "OLD", "2027-02-01", { "A-01": "5" });
  const otto = new Hand(move, {}, world([old])).scan("OLD");
  assert.match(otto.told, /^ask: OLD is expired since 01 FEB 2027/);
  assert.equal(otto.view.subject?.status, "expired");
});

// --- Pick ---------------------------------------------------------------------------------------------

const line = (of: Lot, quantity: string, at: string, claim: string): PickLine => ({
  claim, item: of.item, lot: of.id, place: at, quantity, unit: "kg", why: "expires first",
});

function five(): { lots: Lot[]; job: PickJob } {
  const lots = [1, 2, 3, 4, 5].map((n) => lot(n % 2 ? "RM-TOMATO" : "RM-PAPRIKA", `L-${n}`, `2027-0${n + 2}-01`, { "A-01": "20", "A-02": "20" }));
  const lines = lots.map((one, index) => line(one, "10", index < 3 ? "A-01" : "A-02", `c${index}`));
  return { lots, job: { ...head, kind: "pick", document: "order", partner: "Larchwood", lines, of: 5 } };
}

test("five lines are picked by five scans of lots, eleven when every place and the pallet are scanned too", () => {
  const { lots, job } = five();
  const sven = new Hand(pick, job, world(lots));
  for (const one of lots) sven.scan(one.number);
  assert.equal(sven.scans, 5);
  const careful = new Hand(pick, job, world(lots)).scan(`]C100${PALLET}`);
  for (const [index, one] of lots.entries()) careful.scan(index < 3 ? "A-01" : "A-02").scan(one.number);
  assert.equal(careful.scans, 11);
  for (const hand of [sven, careful]) assert.deepEqual(hand.orders.map((order) => order.kind === "pick" && order.body.claim), ["c0", "c1", "c2", "c3", "c4"]);
  assert.ok(careful.orders.every((order) => order.kind === "pick" && order.body.to === PALLET));
});

test("wrong item, wrong lot, held, expired, recalled and too much are stopped while picking", () => {
  const { lots, job } = five();
  const more = [
    lot("FG-SAUCE", "S-1", null, { "A-01": "5" }),
    lot("RM-TOMATO", "LATER", "2027-09-01", { "A-01": "50" }),
    lot("RM-TOMATO", "HELD", "2027-09-01", { "A-01": "50" }, { status: "hold", why: "On hold (quality): Laboratory asked" }),
    lot("RM-TOMATO", "OLD", "2027-02-27", { "A-01": "50" }),
    lot("RM-TOMATO", "CALLED", "2027-09-01", { "A-01": "50" }, { status: "recalled" }),
  ];
  const sven = new Hand(pick, job, world([...lots, ...more]));
  const words = { "S-1": /Wrong item/, LATER: /Wrong lot/, HELD: /HELD: On hold \(quality\): Laboratory asked/, OLD: /expired since 27 FEB/, CALLED: /recalled/, NOWHERE: /does not know/ };
  for (const [code, said] of Object.entries(words)) {
    sven.scan(code).press("no");
    sven.scan(code);
    assert.match(sven.told, /^wrong/, code);
    assert.match(sven.told, said, code);
    assert.ok(sven.last.tell?.remedy, code);
    sven.press("no");
  }
  sven.give({ do: "quantity", quantity: "11" });
  assert.match(sven.told, /^wrong: Only 10 kg are wanted/);
  assert.equal(sven.orders.length, 0);
});

test("less than asked for, and another lot, go with a reason", () => {
  const { lots, job } = five();
  const later = lot("RM-TOMATO", "LATER", "2027-09-01", { "A-01": "50" });
  const sven = new Hand(pick, job, world([...lots, later]));
  sven.give({ do: "quantity", quantity: "4" }).scan("L-1");
  assert.equal(sven.view.ask?.field, "reason");
  sven.give({ do: "answer", field: "reason", value: "Damaged" });
  sven.scan("L-2").scan("LATER").give({ do: "answer", field: "reason", value: "Not there" });
  const told = sven.orders.map((order) => order.kind === "pick" && [order.body.lot, order.body.quantity, order.body.reason]);
  assert.deepEqual(told, [[lots[0]?.id, "4", "Damaged"], [lots[1]?.id, "10", ""], [later.id, "10", "Not there"]]);
});

test("a lot that is held after the line was told is not picked", () => {
  const { lots, job } = five();
  const here = world(lots);
  const sven = new Hand(pick, job, here);
  here.shelf.apply({ as_of: 8, mark: "", jobs: "", reload: false, units: [], lots: [{ ...(lots[0] as Lot), status: "hold", why: "On hold (quality): Glass" }] });
  assert.equal(sven.view.instruction, "Do not take it");
  assert.match(sven.scan("L-1").told, /^wrong: L-1: On hold \(quality\): Glass/);
  assert.equal(sven.orders.length, 0);
});

test("what the server took over is not counted twice", () => {
  const { lots, job } = five();
  const sven = new Hand(pick, job, world(lots)).scan("L-1").scan("L-2");
  sven.state = pick.refresh?.(sven.state, { ...job, done: 1, lines: job.lines.slice(1) }) ?? sven.state;
  assert.deepEqual([sven.view.done, sven.view.of], [2, 5]);
  assert.match(sven.view.instruction, /L-3/);
});

// --- Pack and load ------------------------------------------------------------------------------------

test("packing: the unit, then lot after lot", () => {
  const lots = [lot("RM-TOMATO", "L-1", null, { "A-01": "20" }), lot("RM-PAPRIKA", "L-2", null, { "A-01": "5" })];
  const sven = new Hand(pack, {}, world(lots)).scan("L-1");
  assert.match(sven.told, /^ask: Which unit/);
  sven.scan(`]C100${PALLET}`).scan("L-1").scan("L-2").give({ do: "command", command: "confirm" });
  assert.deepEqual(sven.orders.map((order) => order.kind === "pack" && [order.body.sscc, order.body.lines[0]?.lot]), [[PALLET, lots[0]?.id], [PALLET, lots[1]?.id]]);
});

test("loading names what is foreign and what is missing", () => {
  const loose = lot("FG-SAUCE", "S-1", null, { STAGE: "3" });
  const job: LoadJob = { ...head, kind: "load", document: "order", partner: "Larchwood", units: [PALLET], loose: [{ lot: loose.id, place: "STAGE", quantity: "3", unit: "pcs" }] };
  const sven = new Hand(load, job, world([loose])).scan(`]C100${OTHER_PALLET}`);
  assert.match(sven.told, /^wrong: Not for this truck/);
  sven.scan(`]C100${PALLET}`).press("close");
  assert.match(sven.told, /^wrong: 1 not loaded/);
  sven.scan("S-1").press("close").give({ do: "answer", field: "vehicle", value: "WA-1" }).press("skip").press("skip");
  assert.deepEqual(sven.bodies(), [{ document: "order", id: "job-1", units: [], carrier: "", vehicle: "WA-1", seal: "", temperature: "" }]);
});

test("a part of an order is its units: loose goods do not leave by mistake", () => {
  const loose = lot("FG-SAUCE", "S-1", null, { STAGE: "3" });
  const job: LoadJob = { ...head, kind: "load", document: "order", partner: "Larchwood", units: [PALLET, OTHER_PALLET], loose: [{ lot: loose.id, place: "STAGE", quantity: "3", unit: "pcs" }] };
  const sven = new Hand(load, job, world([loose])).scan("S-1").press("without");
  assert.match(sven.told, /^wrong: Loose goods/);
  const again = new Hand(load, job, world([loose])).scan(`]C100${PALLET}`).press("without").press("skip").press("skip").press("skip");
  assert.deepEqual(again.orders.map((order) => order.kind === "load" && order.body.units), [[PALLET]]);
  const transfer = new Hand(load, { ...job, document: "transfer" }, world([loose])).scan(`]C100${PALLET}`).press("without");
  assert.match(transfer.told, /^wrong: A transfer/);
});

// --- Produce ------------------------------------------------------------------------------------------

function batch(): { lots: Lot[]; job: ProduceJob } {
  const lots = [
    lot("RM-TOMATO", "T-OLD", "2027-03-05", { "A-01": "30" }), lot("RM-TOMATO", "T-NEW", "2027-03-15", { "A-01": "30" }),
    lot("RM-PAPRIKA", "P-1", "2028-01-01", { "A-02": "5" }),
  ];
  const need = (item: string, needed: string) => ({ item, needed, issued: "0", left: needed, unit: "kg", optional: false });
  const job: ProduceJob = {
    ...head, kind: "produce", item: "FG-SAUCE", place: "A-01", planned: "100", unit: "pcs", made: "0",
    needs: [need("RM-TOMATO", "36"), need("RM-PAPRIKA", "0.2")],
    take: [line(lots[0] as Lot, "30", "A-01", ""), line(lots[1] as Lot, "6", "A-01", ""), line(lots[2] as Lot, "0.2", "A-02", "")],
    output: { lot: "L270301-001", expires_on: "2028-08-22" },
  };
  return { lots, job };
}

test("a batch: a scan for each lot, the place of the output, no typing", () => {
  const { lots, job } = batch();
  const paul = new Hand(produce, job, world(lots)).scan("T-OLD").scan("P-1").scan("T-NEW").press("out").scan("A-02");
  assert.equal(paul.scans, 4);
  assert.deepEqual(paul.orders.map((order) => order.kind === "issue" && [order.body.lot, order.body.quantity, order.body.from]).slice(0, 3), [
    [lots[0]?.id, "30", "A-01"], [lots[2]?.id, "0.2", "A-02"], [lots[1]?.id, "6", "A-01"],
  ]);
  assert.deepEqual(paul.orders[3]?.body, { run: "job-1", lot: "L270301-001", quantity: "100", unit: "pcs", to: "A-02", expires_on: "2028-08-22" });
});

test("into a batch goes nothing else, and the later lot only with a reason", () => {
  const { lots, job } = batch();
  const more = [lot("RM-SALT", "SALT", null, { "A-01": "5" }), lot("RM-TOMATO", "T-X", "2027-06-01", { "A-01": "9" }), lot("RM-PAPRIKA", "P-H", null, { "A-02": "1" }, { status: "hold", why: "On hold (quality): Glass" })];
  const paul = new Hand(produce, job, world([...lots, ...more]));
  assert.match(paul.scan("SALT").told, /^wrong: Wrong item: Salt/);
  assert.match(paul.scan("P-H").told, /^wrong: P-H: On hold \(quality\): Glass/);
  assert.match(paul.scan("T-X").told, /^wrong: Another lot: T-X/);
  assert.equal(paul.orders.length, 0);
  paul.give({ do: "answer", field: "reason", value: "Damaged" });
  assert.deepEqual(paul.orders[0]?.kind === "issue" && [paul.orders[0].body.quantity, paul.orders[0].body.reason], ["9", "Damaged"]);
});

test("what the server has counted is not counted twice, and nothing is forgotten", () => {
  const { lots, job } = batch();
  const paul = new Hand(produce, job, world(lots)).scan("T-OLD").scan("P-1");
  // The first scan has arrived, the second has not.
  const needs = job.needs.map((need) => (need.item === "RM-TOMATO" ? { ...need, issued: "30", left: "6" } : need));
  paul.state = produce.refresh?.(paul.state, { ...job, needs, take: job.take.slice(1) }) ?? paul.state;
  assert.deepEqual(paul.state.issued.map((one) => one.item), ["RM-PAPRIKA"]);
  assert.match(paul.view.instruction, /T-NEW/);
  assert.equal(paul.view.quantity?.value, "6");
});

// --- Count --------------------------------------------------------------------------------------------

test("a count tells nobody what should be there, and adds up", () => {
  const lots = [lot("FG-SAUCE", "S-1", null, { "A-01": "7" }), lot("RM-TOMATO", "T-1", null, { "A-01": "12.5" })];
  const job: CountJob = { ...head, kind: "count", places: [{ code: "A-01", state: "open" }, { code: "A-02", state: "recount" }] };
  const otto = new Hand(count, job, world(lots));
  assert.match(otto.view.instruction, /A-02/);
  assert.match(otto.scan("S-1").told, /^ask: Which place/);
  assert.match(otto.scan("STAGE").told, /^wrong/);
  otto.scan("A-01").scan("S-1").scan("S-1").scan("T-1");
  assert.equal(otto.view.ask?.kind, "number");
  assert.doesNotMatch(JSON.stringify(otto.view), /12\.5|"7"/);
  otto.give({ do: "answer", field: "quantity", value: "12,25" }).press("keep").press("finish");
  assert.deepEqual(otto.bodies(), [{
    count: "job-1", place: "A-01", finish: true,
    lines: [{ item: "FG-SAUCE", lot: "S-1", quantity: "2", unit: "pcs" }, { item: "RM-TOMATO", lot: "T-1", quantity: "12.25", unit: "kg" }],
  }]);
  otto.scan("A-02").press("finish");
  assert.deepEqual(otto.bodies()[1], { count: "job-1", place: "A-02", finish: true, lines: [] });
});

// --- What a scan means --------------------------------------------------------------------------------

test("two items with the same lot number are never guessed", () => {
  const here = world([lot("RM-TOMATO", "L-1", null, { "A-01": "1" }), lot("RM-PAPRIKA", "L-1", null, { "A-02": "1" })]);
  assert.equal(meaningOf("L-1", here).kind, "several");
  const sven = new Hand(move, {}, here).scan("L-1");
  assert.match(sven.told, /^ask: Several items/);
  assert.equal(meaningOf(`]C101${GTIN.tomatoes}10L-1`, here).kind, "goods");
});

test("a scan on the first screen opens the one job it belongs to", () => {
  const here = world();
  const units = [{ sscc: PALLET, received: false, lines: delivery().lines }];
  const job = delivery({ units, document: "notice" });
  assert.equal(opened(meaningOf(`]C100${PALLET}`, here), [job]), job);
  assert.equal(opened(meaningOf(`]C101${GTIN.tomatoes}10NEW`, here), [job]), job);
  assert.equal(opened(meaningOf(`]C101${GTIN.tomatoes}10NEW`, here), [job, { ...job, id: "job-2" }]), null);
  assert.equal(opened(meaningOf("DN-7", here), [job]), job);
  assert.equal(opened(meaningOf("A-01", here), [job]), null);
});

test("the device knows by itself that a lot has expired", () => {
  const last = lot("RM-TOMATO", "L", "2027-03-01", {});
  assert.equal(statusOn(last, "2027-03-01"), "released");
  assert.equal(statusOn(last, "2027-03-02"), "expired");
  assert.equal(statusOn({ ...last, status: "recalled" }, "2027-03-02"), "recalled");
  assert.equal(new Shelf(book([last])).numbered("L").length, 1);
});
