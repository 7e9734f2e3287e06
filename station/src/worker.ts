/** The service worker: the station opens without a network. */
export {};
