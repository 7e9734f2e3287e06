/** The browser's database as promises: what the store needs of it, and no more. */

/** What one request answers. */
export function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Visits records one after the other, until there are no more or `visit` says false. */
export function walk(
  request: IDBRequest<IDBCursorWithValue | null>,
  visit: (cursor: IDBCursorWithValue) => boolean | void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      const cursor = request.result;
      try {
        if (cursor && visit(cursor) !== false) cursor.continue();
        else resolve();
      } catch (problem) {
        reject(problem);
      }
    };
    request.onerror = () => reject(request.error);
  });
}

/**
 * Does `work` in one transaction and resolves when that is over: with `strict`, when all of it is on the disk. What
 * fails leaves nothing behind; `work` waits for nothing but requests of the transaction.
 */
export async function within<T>(tx: IDBTransaction, work: (tx: IDBTransaction) => Promise<T>): Promise<T> {
  const over = new Promise<void>((resolve, reject) => {
    tx.oncomplete = () => resolve();
    // A request that fails aborts its transaction, and so does a disk that is full.
    tx.onabort = () => reject(tx.error ?? new DOMException("The transaction was aborted.", "AbortError"));
  });
  // When `work` fails, its own reason is told instead.
  over.catch(() => {});
  try {
    const made = await work(tx);
    await over;
    return made;
  } catch (problem) {
    abort(tx);
    throw problem;
  }
}

function abort(tx: IDBTransaction): void {
  try {
    tx.abort();
  } catch {
    // It was over already.
  }
}

/** Opens a database; `lost` is called when its connection is closed without us: opening it again helps. */
export function openDatabase(name: string, make: (db: IDBDatabase) => void, lost: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => make(request.result);
  return answerOf(request).then((db) => {
    // Another tab has a newer version: it waits until we let go.
    db.onversionchange = () => {
      lost();
      db.close();
    };
    db.onclose = lost;
    return db;
  });
}
