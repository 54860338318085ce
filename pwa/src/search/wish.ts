/** Somebody wants to search, and the field is not there yet. */
export const wish = { focus: false };

/** The search that a place was found with: back leads there. */
export const found = { address: '' };
