// Written by modelc from model/; do not edit.

/** Nouns of the URLs and labels, by entity name. */
export const entities = {} as const;
export type EntityName = keyof typeof entities;
