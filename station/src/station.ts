/** The scan station starts here. */
export {};
