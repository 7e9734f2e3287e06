import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import "fake-indexeddb/auto";

import { IDBFactory } from "fake-indexeddb";

import { newId } from "../ids.ts";
import type { Act, Verdict, Verdicts } from "../protocol.ts";
import { type Draft, openQueue, type Queue } from "./index.ts";
import { waitAfter } from "./loop.ts";
import type { Answer, Transport } from "./transport.ts";

const NAME = "queue under test";

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

function draft(quantity = "1"): Draft<"move"> {
  const lines = [{ lot: newId(), quantity, unit: "KGM", from: "STORE" }];
  return { kind: "move", site: "PLANT", by: "ann", as_of: 7, body: { lines, to: "A-01" }, seen: ["12 kg"] };
}

function verdict(id: string, state: Verdict["state"] = "applied"): Verdict {
  return { id, state, repeated: false, events: [], made: {}, problems: [], choices: [], late: "" };
}

/** A server that keeps what it got; `before` and `after` break the line. */
class Server implements Transport {
  readonly got = new Map<string, string>();
  readonly counts = new Map<string, number>();
  deliveries = 0;
  judge: (id: string) => Verdict["state"] = () => "applied";
  before: (body: string) => Answer<Verdicts> | undefined = () => undefined;
  after: () => Answer<Verdicts> | undefined = () => undefined;
  completeTo: number | undefined;

  async deliver(body: string): Promise<Answer<Verdicts>> {
    this.deliveries += 1;
    const broken = this.before(body);
    if (broken !== undefined) return broken;
    const { acts } = JSON.parse(body) as { acts: Act[] };
    assert.ok(acts.length <= 100);
    for (const act of acts) {
      const text = JSON.stringify(act);
      assert.equal(this.got.get(act.id) ?? text, text, "the same id with other content");
      this.got.set(act.id, text);
      this.counts.set(act.id, (this.counts.get(act.id) ?? 0) + 1);
    }
    const verdicts = acts.map((act) => verdict(act.id, this.judge(act.id)));
    const answer: Answer<Verdicts> = { got: "answer", value: { verdicts, complete_to: this.completeTo ?? this.#to() } };
    return this.after() ?? answer;
  }

  #to(): number {
    const numbers = new Set([...this.got.values()].map((text) => (JSON.parse(text) as Act).n));
    let n = 0;
    while (numbers.has(n + 1)) n += 1;
    return n;
  }

  async inbox(): Promise<Answer<{ conflicts: [] }>> {
    return { got: "answer", value: { conflicts: [] } };
  }

  async resolve(id: string): Promise<Answer<Verdict>> {
    return { got: "answer", value: verdict(id, "settled") };
  }
}

const LOST: Answer<never> = { got: "lost", problem: "no network", after_ms: 0 };

const queues: Queue[] = [];

async function opened(server: Transport): Promise<Queue> {
  const queue = await openQueue({ name: NAME, transport: server, loop: false });
  queues.push(queue);
  return queue;
}

afterEach(async () => {
  await Promise.all(queues.splice(0).map((queue) => queue.close()));
});

/** Writes past the queue, as a failing disk would. */
async function raw(write: (store: IDBObjectStore) => void): Promise<void> {
  const db = await new Promise<IDBDatabase>((done, failed) => {
    const request = indexedDB.open(NAME);
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  await new Promise<void>((done) => {
    const tx = db.transaction("acts", "readwrite");
    write(tx.objectStore("acts"));
    tx.oncomplete = () => done();
  });
  db.close();
}

test("acts are numbered without a gap, by several tabs at once too, and are sent once", async () => {
  const server = new Server();
  const [one, other] = [await opened(server), await opened(server)];
  assert.equal(one.device, other.device);
  const acts = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? one : other).record(draft())));
  assert.deepEqual(acts.map((act) => act.n).toSorted((a, b) => a - b), Array.from({ length: 40 }, (_, i) => i + 1));
  await Promise.all([one.sync(), other.sync()]);
  await one.sync();
  assert.equal(one.status().onDevice, 0);
  assert.equal(server.got.size, 40);
  assert.ok([...server.counts.values()].every((count) => count === 1));
});

test("what is recorded is there after the page has died, and a draft recorded twice is one act", async () => {
  const server = new Server();
  const before = await opened(server);
  const id = newId();
  const act = await before.record(draft("3"), id);
  // No close: the process is gone.
  const after = await opened(server);
  assert.deepEqual((await after.entry(id))?.act, act);
  assert.deepEqual(await after.record(draft("4"), id), act);
  assert.equal(after.status().onDevice, 1);
  assert.equal((await after.record(draft())).n, 2);
});

test("a lost answer is asked for again under the same ids", async () => {
  const server = new Server();
  const queue = await opened(server);
  for (let i = 0; i < 250; i += 1) await queue.record(draft());
  let lost = 0;
  server.after = () => (lost++ < 2 ? LOST : undefined);
  await queue.sync();
  assert.equal(queue.status().onDevice, 250);
  assert.equal(queue.status().reachable, false);
  await queue.sync();
  const status = await queue.sync();
  assert.deepEqual([status.onDevice, status.reachable, server.got.size], [0, true, 250]);
});

test("a crash between the answer and its note repeats the act and does no harm", async () => {
  const server = new Server();
  const queue = await opened(server);
  await queue.record(draft());
  await server.deliver(JSON.stringify({ device: queue.device, acts: [(await queue.recent(1))[0]?.act] }));
  const next = await opened(server);
  await next.sync();
  assert.deepEqual([next.status().onDevice, server.got.size], [0, 1]);
});

test("a login that is asked for keeps everything", async () => {
  const server = new Server();
  const queue = await opened(server);
  await queue.record(draft());
  server.before = () => ({ got: "login" });
  assert.deepEqual([(await queue.sync()).loginNeeded, queue.status().onDevice], [true, 1]);
  server.before = () => undefined;
  assert.deepEqual([(await queue.sync()).loginNeeded, queue.status().onDevice], [false, 0]);
});

test("a request refused as a whole holds up only the act it is refused for", async () => {
  const server = new Server();
  const queue = await opened(server);
  const acts = [];
  for (let i = 0; i < 30; i += 1) acts.push(await queue.record(draft()));
  const bad = acts[17]?.id ?? "";
  const refused: Answer<never> = { got: "refused", status: 400, problem: "not JSON", faults: [] };
  server.before = (body) => (body.includes(`"id":"${bad}"`) && !body.includes('"found"') ? refused : undefined);
  server.judge = (id) => (id === bad ? "refused" : "applied");
  const status = await queue.sync();
  assert.deepEqual([status.onDevice, status.inInbox, server.got.size], [0, 1, 30]);
  assert.match(server.got.get(bad) ?? "", /"found":"/);
  // Not even its text is taken: it stays, is told of, and stops nothing.
  server.before = () => refused;
  await queue.record(draft());
  assert.deepEqual([(await queue.sync()).onDevice, queue.status().problem], [1, "not JSON"]);
  assert.equal((await queue.open())[1]?.problem, "not JSON");
});

test("a record that cannot be read whole is kept, told of and sent as it was found", async () => {
  const server = new Server();
  server.judge = (id) => (JSON.parse(server.got.get(id) ?? "{}").found === undefined ? "applied" : "refused");
  const queue = await opened(server);
  const acts = [await queue.record(draft()), await queue.record(draft()), await queue.record(draft())];
  await queue.close();
  await raw((store) => {
    store.put({ id: acts[0]?.id, n: 1, state: "device", act: { id: acts[0]?.id, kind: "mo\u0000v\ud800e" } });
    store.put({ id: acts[1]?.id });
  });
  const next = await opened(server);
  assert.deepEqual([next.status().damaged, next.status().onDevice], [2, 3]);
  await next.sync();
  assert.deepEqual([next.status().onDevice, next.status().inInbox, server.got.size], [0, 2, 3]);
  assert.ok(/^[\x20-\x7e]*$/.test([...server.got.values()].join("")), "in characters any parser takes");
  // Asked again it is the same text: no other content under its id.
  await next.sync();
  assert.equal((await next.recent(5)).length >= 2, true);
  assert.equal((await next.record(draft())).n, 4);
});

test("what waits or contradicts is asked after until it is settled", async () => {
  const server = new Server();
  const queue = await opened(server);
  const [first, second] = [await queue.record(draft()), await queue.record(draft())];
  server.judge = (id) => (id === first.id ? "waiting" : "conflict");
  await queue.sync();
  assert.deepEqual([queue.status().waiting, queue.status().inInbox, queue.status().safe], [1, 1, true]);
  server.judge = (id) => (id === first.id ? "applied" : "settled");
  await queue.sync();
  assert.deepEqual([queue.status().waiting, queue.status().inInbox], [0, 0]);
  assert.equal((await queue.entry(second.id))?.verdict?.state, "settled");
});

test("a server that was restored from a backup gets again what it lost", async () => {
  const server = new Server();
  const queue = await opened(server);
  for (let i = 0; i < 5; i += 1) await queue.record(draft());
  await queue.sync();
  for (const [id, text] of server.got) if ((JSON.parse(text) as Act).n > 2) server.got.delete(id);
  server.counts.clear();
  await queue.record(draft());
  await queue.sync();
  await queue.sync();
  assert.equal(server.got.size, 6);
});

test("undo names what it takes back among what must come first", async () => {
  const queue = await opened(new Server());
  const act = await queue.record(draft());
  const undo = await queue.record({ kind: "undo", site: "PLANT", by: "ann", as_of: 7, body: { act: act.id } });
  assert.deepEqual(undo.after, [act.id]);
});

test("drafts and what the server told survive, and listeners hear of changes", async () => {
  const queue = await opened(new Server());
  const heard: number[] = [];
  const stop = queue.subscribe((status) => heard.push(status.onDevice));
  await queue.keepDraft("receive", { step: 2 });
  await queue.keepSnapshot("book", "PLANT", { as_of: 9 });
  await queue.record(draft());
  stop();
  await queue.record(draft());
  assert.deepEqual(heard, [0, 1]);
  const next = await opened(new Server());
  assert.deepEqual(await next.draft("receive"), { step: 2 });
  assert.deepEqual((await next.snapshot<{ as_of: number }>("book", "PLANT"))?.value, { as_of: 9 });
  await next.dropDraft("receive");
  assert.equal(await next.draft("receive"), undefined);
});

test("an act is written strictly, and a failed write is told and leaves no gap", async () => {
  const queue = await opened(new Server());
  const asked: unknown[] = [];
  const open = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (names, mode, options) {
    asked.push([mode, options?.durability]);
    return open.call(this, names, mode, options);
  };
  try {
    await queue.record(draft());
  } finally {
    IDBDatabase.prototype.transaction = open;
  }
  assert.deepEqual(asked[0], ["readwrite", "strict"]);
  const unwritable = { ...draft(), seen: [(() => 1) as unknown as string] };
  await assert.rejects(queue.record(unwritable));
  assert.equal((await queue.record(draft())).n, 2);
});

test("waiting gets longer, up to a minute, and not the same for all devices", () => {
  assert.deepEqual([1, 2, 3, 20].map((failures) => waitAfter(failures, 1)), [1_000, 2_000, 4_000, 60_000]);
  assert.equal(waitAfter(3, 0), 2_000);
});
