/** What a person may decide about each kind of review, and how a decision is said: pure. */
export const decisionWords = ['approve', 'retry', 'document', 'suspend', 'reject'] as const
export type DecisionWord = (typeof decisionWords)[number]
